-- Queues, read from front to back, and messages that go to another carrier.

-- name: waiting_of_account
SELECT m.message_id, m.request_id, m.account_id, m.carrier_id, m.recipient, m.priority, m.cause, m.due_at, m.rate,
       ifnull(m.first_rate, m.rate), m.cost, m.segments, m.sent_mask, m.attempts, m.doubts, m.doubtful_mask, m.error,
       m.reroutes, r.sender, r.needs, r.escalate, r.rate_max, r.accepted_at, r.expires_at
FROM messages m INDEXED BY messages_waiting CROSS JOIN requests r ON r.request_id = m.request_id
WHERE m.carrier_id = ?1 AND m.state = 0 AND m.state < 2 AND m.account_id = ?2 AND m.priority = ?3
  AND m.due_at <= ?4 AND (m.due_at, m.message_id) > (?5, ?6)
ORDER BY m.due_at, m.message_id LIMIT ?7

-- name: waiting_messages
SELECT m.message_id, m.request_id, m.account_id, m.carrier_id, m.recipient, m.priority, m.cause, m.due_at, m.rate,
       ifnull(m.first_rate, m.rate), m.cost, m.segments, m.sent_mask, m.attempts, m.doubts, m.doubtful_mask, m.error,
       m.reroutes, r.sender, r.needs, r.escalate, r.rate_max, r.accepted_at, r.expires_at
FROM json_each(?) j CROSS JOIN messages m ON m.message_id = j.value JOIN requests r ON r.request_id = m.request_id
WHERE m.state = 0

-- name: give_to_carrier
UPDATE messages SET carrier_id = ?, rate = ?, first_rate = ?, cost = ?, due_at = ?, changed_at = ?,
                    reroutes = reroutes + 1
WHERE message_id = ? AND state = 0 AND sent_mask = 0
