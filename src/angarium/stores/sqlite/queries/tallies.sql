-- Tallies.

-- name: messages_to_tally
SELECT message_id, account_id, state, cause, rate, sent_mask,
       iif(state = ?4, max(?5, changed_at - ?6 - (message_id >> ?7)), ?5) FROM messages
WHERE message_id >= ?1 AND message_id < ?2 ORDER BY message_id LIMIT ?3

-- name: set_tally
INSERT OR REPLACE INTO tallies (account_id, bucket_at, detail) VALUES (?, ?, ?)

-- name: prune_tallies
DELETE FROM tallies WHERE account_id = ? AND bucket_at < ?

-- name: set_tally_look
INSERT OR REPLACE INTO tally_looks (bucket_at, look_at) VALUES (?, ?)

-- name: remove_tally_look
DELETE FROM tally_looks WHERE bucket_at = ?

-- name: set_counted_to
INSERT OR REPLACE INTO meta (name, value) VALUES ('counted_to', ?)

-- name: counted_to
SELECT value FROM meta WHERE name = 'counted_to'

-- name: tally_looks
SELECT bucket_at, look_at FROM tally_looks

-- name: tallies
SELECT bucket_at, detail FROM tallies WHERE account_id = ? AND bucket_at >= ? AND bucket_at < ? ORDER BY bucket_at

-- name: last_tally
SELECT max(bucket_at) FROM tallies WHERE account_id = ? AND bucket_at < ?
