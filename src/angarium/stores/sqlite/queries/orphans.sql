-- Receipts whose segment is not known (yet).

-- name: keep_orphan
INSERT INTO orphans (carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at, stat, link, said)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: any_orphans
SELECT EXISTS (SELECT 1 FROM orphans WHERE carrier_id = ?)

-- name: take_orphans
DELETE FROM orphans WHERE carrier_id = ? AND match_id IN (SELECT value FROM json_each(?))
RETURNING carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at, stat, link, said, orphan_id

-- name: take_orphan
DELETE FROM orphans WHERE orphan_id = ?
RETURNING carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at, stat, link, said, orphan_id

-- name: prune_orphans
DELETE FROM orphans WHERE orphan_id IN (SELECT orphan_id FROM orphans WHERE received_at < ? ORDER BY received_at LIMIT ?)

-- name: orphans
SELECT carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at, stat, link, said, orphan_id
FROM orphans WHERE orphan_id < ? ORDER BY orphan_id DESC LIMIT ?

-- name: orphans_of_carrier
SELECT carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at, stat, link, said, orphan_id
FROM orphans INDEXED BY orphans_of_carrier WHERE carrier_id = ? AND orphan_id < ? ORDER BY orphan_id DESC LIMIT ?

-- name: orphan
SELECT carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at, stat, link, said, orphan_id
FROM orphans WHERE orphan_id = ?

-- name: next_carrier_with_orphans
SELECT min(carrier_id) FROM orphans INDEXED BY orphans_of_carrier WHERE carrier_id > ?

-- name: count_orphans
SELECT count(*) FROM (SELECT 1 FROM orphans INDEXED BY orphans_of_carrier WHERE carrier_id = ? LIMIT ?)

-- name: await_under
UPDATE segments SET match_id = ? WHERE message_id = ? AND segment_no = ? AND carrier_id = ? AND awaits = 1
