-- What happens to a message out of the ordinary; the ordinary is read from the rows that are there anyway.
CREATE TABLE events (
    event_id   INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    detail     TEXT NOT NULL -- a JSON object of texts and numbers
);
CREATE INDEX events_of_message ON events (message_id, event_id);
