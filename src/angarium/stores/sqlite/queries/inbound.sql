-- What handsets send.

-- name: keep_inbound
INSERT INTO inbound_segments (carrier_id, sender, recipient, alphabet, udh, payload, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
