-- What handsets send: parts, and messages on their way to their owners.

-- name: parts
SELECT sequence, alphabet, udh, payload, received_at, joined FROM inbound_segments INDEXED BY inbound_segments_by_key
WHERE carrier_id = ? AND sender = ? AND recipient = ? AND reference = ? AND total = ? ORDER BY part_id

-- name: keep_part
INSERT INTO inbound_segments (carrier_id, sender, recipient, reference, total, sequence, alphabet, udh, payload,
                              received_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: mark_joined
UPDATE inbound_segments SET joined = 1
WHERE carrier_id = ? AND sender = ? AND recipient = ? AND reference = ? AND total = ? AND joined = 0

-- name: overdue_parts
SELECT carrier_id, sender, recipient, reference, total FROM inbound_segments INDEXED BY inbound_segments_waiting
WHERE joined = 0 AND received_at < ? AND total IS NOT NULL ORDER BY received_at LIMIT ?

-- name: take_unnumbered
DELETE FROM inbound_segments WHERE part_id IN
    (SELECT part_id FROM inbound_segments INDEXED BY inbound_segments_waiting
     WHERE joined = 0 AND received_at >= 0 AND total IS NULL ORDER BY received_at LIMIT ?)
RETURNING carrier_id, sender, recipient, alphabet, udh, payload, received_at

-- name: prune_joined
DELETE FROM inbound_segments WHERE part_id IN
    (SELECT part_id FROM inbound_segments INDEXED BY inbound_segments_joined
     WHERE joined = 1 AND received_at < ? ORDER BY received_at LIMIT ?)

-- name: has_overdue_parts
SELECT EXISTS (SELECT 1 FROM inbound_segments INDEXED BY inbound_segments_waiting
               WHERE joined = 0 AND received_at < ?1)
    OR EXISTS (SELECT 1 FROM inbound_segments INDEXED BY inbound_segments_joined WHERE joined = 1 AND received_at < ?1)

-- name: add_inbound
INSERT INTO inbound_messages (inbound_id, connection_id, carrier_id, sender, recipient, alphabet, udh, payload, missing,
                              received_at, state, due_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: due_inbound
SELECT inbound_id, connection_id, sender, recipient, alphabet, udh, payload, received_at, attempts
FROM inbound_messages INDEXED BY inbound_messages_due
WHERE connection_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?

-- name: lease_inbound
UPDATE inbound_messages SET due_at = ?, leased = 1 WHERE inbound_id IN (SELECT value FROM json_each(?))

-- name: settle_inbound
UPDATE inbound_messages SET state = ?, due_at = ?, attempts = ?, leased = 0 WHERE inbound_id = ?

-- name: add_inbound_attempt
INSERT OR REPLACE INTO inbound_attempts (inbound_id, at, attempt_no, status, elapsed_ms, answer, error)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: end_inbound_leases
UPDATE inbound_messages SET due_at = ?, leased = 0 WHERE due_at IS NOT NULL AND leased = 1

-- name: next_connection_owed_inbound
SELECT min(connection_id) FROM inbound_messages INDEXED BY inbound_messages_due
WHERE connection_id > ? AND due_at IS NOT NULL

-- name: is_connection_owed_inbound
SELECT EXISTS (SELECT 1 FROM inbound_messages INDEXED BY inbound_messages_due WHERE connection_id = ? AND due_at <= ?)

-- name: erase_inbound
UPDATE inbound_messages SET payload = NULL, udh = x'' WHERE inbound_id IN
    (SELECT inbound_id FROM inbound_messages INDEXED BY inbound_messages_with_text
     WHERE ifnull(connection_id, 0) = ? AND payload IS NOT NULL AND inbound_id < ? AND due_at IS NULL
     ORDER BY inbound_id LIMIT ?)

-- name: next_connection_with_inbound_text
SELECT min(ifnull(connection_id, 0)) FROM inbound_messages INDEXED BY inbound_messages_with_text
WHERE payload IS NOT NULL AND ifnull(connection_id, 0) > ?

-- name: mask_inbound
UPDATE inbound_messages SET sender = substr(sender, 1, max(length(sender) - 4, 0)) || '****', masked = 1
WHERE inbound_id IN
    (SELECT inbound_id FROM inbound_messages INDEXED BY inbound_messages_with_number
     WHERE ifnull(connection_id, 0) = ? AND masked = 0 AND inbound_id < ? AND due_at IS NULL
     ORDER BY inbound_id LIMIT ?)

-- name: next_connection_with_inbound_number
SELECT min(ifnull(connection_id, 0)) FROM inbound_messages INDEXED BY inbound_messages_with_number
WHERE masked = 0 AND ifnull(connection_id, 0) > ?

-- name: inbound_to_prune
SELECT inbound_id FROM inbound_messages WHERE inbound_id < ? AND due_at IS NULL ORDER BY inbound_id LIMIT ?

-- name: prune_inbound_attempts
DELETE FROM inbound_attempts WHERE inbound_id IN (SELECT value FROM json_each(?))

-- name: prune_inbound
DELETE FROM inbound_messages WHERE inbound_id IN (SELECT value FROM json_each(?))

-- name: inbound_message
SELECT inbound_id, connection_id, carrier_id, sender, recipient, alphabet, udh, payload, missing, received_at, state,
       due_at, attempts
FROM inbound_messages WHERE inbound_id = ?

-- name: inbound_messages
SELECT inbound_id, connection_id, carrier_id, sender, recipient, alphabet, udh, payload, missing, received_at, state,
       due_at, attempts
FROM inbound_messages WHERE inbound_id < ? ORDER BY inbound_id DESC LIMIT ?

-- name: inbound_messages_in_state
SELECT inbound_id, connection_id, carrier_id, sender, recipient, alphabet, udh, payload, missing, received_at, state,
       due_at, attempts
FROM inbound_messages INDEXED BY inbound_messages_by_state WHERE state = ? AND inbound_id < ?
ORDER BY inbound_id DESC LIMIT ?

-- name: inbound_messages_of_connection
SELECT inbound_id, connection_id, carrier_id, sender, recipient, alphabet, udh, payload, missing, received_at, state,
       due_at, attempts
FROM inbound_messages INDEXED BY inbound_messages_by_connection
WHERE connection_id = ?1 AND inbound_id < ?2 AND (?3 IS NULL OR state = ?3) ORDER BY inbound_id DESC LIMIT ?4

-- name: inbound_messages_from
SELECT inbound_id, connection_id, carrier_id, sender, recipient, alphabet, udh, payload, missing, received_at, state,
       due_at, attempts
FROM inbound_messages INDEXED BY inbound_messages_from WHERE sender = ? AND inbound_id < ?
ORDER BY inbound_id DESC LIMIT ?

-- name: inbound_messages_to
SELECT inbound_id, connection_id, carrier_id, sender, recipient, alphabet, udh, payload, missing, received_at, state,
       due_at, attempts
FROM inbound_messages INDEXED BY inbound_messages_to WHERE recipient = ? AND inbound_id < ?
ORDER BY inbound_id DESC LIMIT ?

-- name: dead_inbound_of_connection
SELECT inbound_id, connection_id, carrier_id, sender, recipient, alphabet, udh, payload, missing, received_at, state,
       due_at, attempts
FROM inbound_messages INDEXED BY inbound_messages_dead
WHERE connection_id = ? AND state = 2 AND inbound_id < ? ORDER BY inbound_id DESC LIMIT ?

-- name: inbound_attempts
SELECT at, attempt_no, status, elapsed_ms, answer, error FROM inbound_attempts WHERE inbound_id = ? ORDER BY at

-- name: waiting_parts
SELECT carrier_id, sender, recipient, reference, total, received_at
FROM inbound_segments INDEXED BY inbound_segments_waiting
WHERE joined = 0 AND received_at >= 0 AND total IS NOT NULL ORDER BY received_at LIMIT ?

-- name: assign_inbound
UPDATE inbound_messages SET connection_id = ?, state = ?, due_at = ?, attempts = 0, leased = 0 WHERE inbound_id = ?

-- name: replay_inbound
UPDATE inbound_messages SET state = 0, due_at = ?, attempts = 0, leased = 0
WHERE inbound_id = ? AND connection_id = ? AND payload IS NOT NULL AND masked = 0 AND leased = 0

-- name: is_inbound_whole
SELECT payload IS NOT NULL AND masked = 0 FROM inbound_messages WHERE inbound_id = ?
