-- What carriers delivered and nobody understands.

-- name: quarantine
INSERT INTO quarantine (carrier_id, link, reason, sender, recipient, octets, is_whole, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: release
UPDATE quarantine SET release = ?1, reason = ifnull(?2, reason) WHERE quarantine_id = ?3

-- name: drop_quarantined
DELETE FROM quarantine WHERE quarantine_id IN (SELECT value FROM json_each(?))

-- name: prune_quarantine
DELETE FROM quarantine WHERE quarantine_id IN
    (SELECT quarantine_id FROM quarantine WHERE received_at < ? ORDER BY received_at LIMIT ?)

-- name: quarantined
SELECT carrier_id, link, reason, sender, recipient, octets, is_whole, received_at, release, quarantine_id
FROM quarantine WHERE quarantine_id < ? ORDER BY quarantine_id DESC LIMIT ?

-- name: quarantined_of_carrier
SELECT carrier_id, link, reason, sender, recipient, octets, is_whole, received_at, release, quarantine_id
FROM quarantine INDEXED BY quarantine_of_carrier WHERE carrier_id = ? AND quarantine_id < ?
ORDER BY quarantine_id DESC LIMIT ?

-- name: quarantined_one
SELECT carrier_id, link, reason, sender, recipient, octets, is_whole, received_at, release, quarantine_id
FROM quarantine WHERE quarantine_id = ?

-- name: released
SELECT carrier_id, link, reason, sender, recipient, octets, is_whole, received_at, release, quarantine_id
FROM quarantine INDEXED BY quarantine_released WHERE release IS NOT NULL ORDER BY quarantine_id LIMIT ?

-- name: next_carrier_with_quarantined
SELECT min(carrier_id) FROM quarantine INDEXED BY quarantine_of_carrier WHERE carrier_id > ?

-- name: count_quarantined
SELECT count(*) FROM (SELECT 1 FROM quarantine INDEXED BY quarantine_of_carrier WHERE carrier_id = ? LIMIT ?)
