-- What happens to a message out of the ordinary; the ordinary is read from the rows that are there anyway.
CREATE TABLE events (
    event_id   INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    detail     TEXT NOT NULL -- a JSON object of texts and numbers
);
CREATE INDEX events_of_message ON events (message_id, event_id);

-- One row for each copy of a segment that a carrier took: one that was sent again after a doubt may arrive twice. The
-- link, its sequence number and the moments are for the time line.
DROP INDEX segments_awaiting;
ALTER TABLE segments RENAME TO segments_before;
CREATE TABLE segments (
    message_id         INTEGER NOT NULL,
    segment_no         INTEGER NOT NULL,
    copy_no            INTEGER NOT NULL,
    carrier_id         INTEGER NOT NULL,
    carrier_message_id TEXT NOT NULL,
    match_id           TEXT NOT NULL,
    awaits             INTEGER NOT NULL DEFAULT 1, -- 1 while a receipt may still come
    link               TEXT NOT NULL,
    sequence_number    INTEGER NOT NULL,
    written_at         INTEGER NOT NULL,
    submitted_at       INTEGER NOT NULL,
    receipt_at         INTEGER,
    receipt_cause      INTEGER,
    stat               TEXT NOT NULL DEFAULT '',
    error              TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, segment_no, copy_no)
) WITHOUT ROWID;
INSERT INTO segments (message_id, segment_no, copy_no, carrier_id, carrier_message_id, match_id, awaits, link,
                      sequence_number, written_at, submitted_at, receipt_at, receipt_cause, error)
SELECT message_id, segment_no, 0, carrier_id, carrier_message_id, ifnull(match_id, ''), match_id IS NOT NULL, '',
       0, 0, submitted_at, receipt_at, receipt_cause, error
FROM segments_before;
DROP TABLE segments_before;
CREATE INDEX segments_awaiting ON segments (carrier_id, match_id) WHERE awaits = 1;

-- Receipts whose segment is not known (yet). `cause` is NULL for an intermediate one.
CREATE TABLE orphans (
    orphan_id          INTEGER PRIMARY KEY,
    carrier_id         INTEGER NOT NULL,
    match_id           TEXT NOT NULL,
    carrier_message_id TEXT NOT NULL,
    cause              INTEGER,
    recipient          TEXT NOT NULL,
    error              TEXT NOT NULL,
    received_at        INTEGER NOT NULL,
    stat               TEXT NOT NULL,
    link               TEXT NOT NULL,
    said               BLOB NOT NULL
);
INSERT INTO orphans (carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at, stat, link, said)
SELECT carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at, '', '', X'' FROM parked_receipts
ORDER BY parked_id;
DROP TABLE parked_receipts;
CREATE INDEX orphans_by_id ON orphans (carrier_id, match_id);
CREATE INDEX orphans_by_age ON orphans (received_at);
CREATE INDEX orphans_of_carrier ON orphans (carrier_id, orphan_id);

-- Segments that may have left, bit by bit; before, a message in doubt counted as a whole.
ALTER TABLE messages ADD COLUMN doubtful_mask INTEGER NOT NULL DEFAULT 0;
UPDATE messages SET doubtful_mask = ((1 << segments) - 1) & ~sent_mask WHERE state < 2 AND doubts > 0;

-- Whether a long request has a recipient twice: the two must not share a concatenation reference.
ALTER TABLE requests ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;

-- What carriers delivered and nobody understands; `release` is set once an operator has let it out.
CREATE TABLE quarantine (
    quarantine_id INTEGER PRIMARY KEY,
    carrier_id    INTEGER NOT NULL,
    link          TEXT NOT NULL,
    reason        TEXT NOT NULL,
    sender        TEXT NOT NULL,
    recipient     TEXT NOT NULL,
    octets        BLOB NOT NULL,
    is_whole      INTEGER NOT NULL,
    received_at   INTEGER NOT NULL,
    release       TEXT
);
CREATE INDEX quarantine_of_carrier ON quarantine (carrier_id, quarantine_id);
CREATE INDEX quarantine_by_age ON quarantine (received_at);
CREATE INDEX quarantine_released ON quarantine (quarantine_id) WHERE release IS NOT NULL;

-- The readings of ids under which a carrier's segments and orphans are stored.
CREATE TABLE known_readings (
    carrier_id  INTEGER PRIMARY KEY,
    in_response TEXT NOT NULL,
    in_receipt  TEXT NOT NULL,
    since       INTEGER NOT NULL
);

-- What a carrier's receipts suggest instead, for an operator to decide.
CREATE TABLE proposals (
    carrier_id       INTEGER PRIMARY KEY,
    in_response      TEXT NOT NULL,
    in_receipt       TEXT NOT NULL,
    pairs            INTEGER NOT NULL,
    response_example TEXT NOT NULL,
    receipt_example  TEXT NOT NULL,
    proposed_at      INTEGER NOT NULL,
    is_declined      INTEGER NOT NULL DEFAULT 0
);
