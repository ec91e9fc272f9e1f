-- First replies, for whoever repeats a call.

-- name: kept_replies
SELECT k.connection_id, k.key, k.digest, k.kept_at, k.status, k.content_type, k.body
FROM json_each(?) j CROSS JOIN kept_replies k ON k.connection_id = (j.value ->> 0) AND k.key = (j.value ->> 1)
WHERE k.kept_at >= ?

-- name: keep_reply
INSERT OR REPLACE INTO kept_replies (connection_id, key, digest, kept_at, status, content_type, body)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: prune_replies
DELETE FROM kept_replies
WHERE reply_id IN (SELECT reply_id FROM kept_replies INDEXED BY kept_replies_by_age
                   WHERE kept_at < ? ORDER BY kept_at LIMIT ?)
