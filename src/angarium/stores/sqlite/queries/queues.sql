-- Queues, read from front to back, and messages that go to another carrier.

-- Those of the same moment are found by their keys, here and below: a file of many may be scheduled for one.
-- name: waiting_of_account
SELECT m.message_id, m.request_id, m.account_id, m.carrier_id, m.recipient, m.priority, m.cause, m.due_at, m.rate,
       ifnull(m.first_rate, m.rate), m.cost, m.segments, m.sent_mask, m.attempts, m.doubts, m.doubtful_mask, m.error,
       m.reroutes, r.sender, r.needs, r.escalate, r.rate_max, r.accepted_at, r.expires_at
FROM (
    SELECT due_at, message_id FROM messages INDEXED BY messages_waiting
    WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id = ?2 AND priority = ?3
      AND due_at = ?5 AND message_id > ?6 AND due_at <= ?4
    UNION ALL
    SELECT due_at, message_id FROM messages INDEXED BY messages_waiting
    WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id = ?2 AND priority = ?3
      AND due_at > ?5 AND due_at <= ?4
    ORDER BY due_at, message_id LIMIT ?7
) ahead CROSS JOIN messages m ON m.message_id = ahead.message_id CROSS JOIN requests r ON r.request_id = m.request_id
ORDER BY ahead.due_at, ahead.message_id

-- name: place_ahead
SELECT due_at, message_id FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id = ?2 AND priority = ?3
  AND due_at = ?4 AND message_id > ?5 AND due_at <= ?6
UNION ALL
SELECT due_at, message_id FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id = ?2 AND priority = ?3
  AND due_at > ?4 AND due_at <= ?6
ORDER BY due_at, message_id LIMIT 1 OFFSET ?7 - 1

-- Nearly every message that waits has no part that has left: a call of our function for each would cost most of it.
-- name: count_waiting
SELECT count(*), ifnull(sum(is_meant), 0), ifnull(sum(is_meant AND is_free), 0), ifnull(sum(is_meant * credits), 0)
FROM (
    SELECT (?8 = '' OR substr(m.recipient, 1, length(?8)) = ?8)
           AND (?9 IS NULL OR (SELECT r.accepted_at FROM requests r WHERE r.request_id = m.request_id) < ?9) AS is_meant,
           m.sent_mask = 0 AND m.doubts = 0 AS is_free,
           m.rate * (m.segments - CASE m.sent_mask WHEN 0 THEN 0 ELSE popcount(m.sent_mask) END) AS credits
    FROM (
        SELECT due_at, message_id FROM messages INDEXED BY messages_waiting
        WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id = ?2 AND priority = ?3
          AND due_at = ?4 AND message_id > ?5 AND due_at <= ?6
        UNION ALL
        SELECT due_at, message_id FROM messages INDEXED BY messages_waiting
        WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id = ?2 AND priority = ?3
          AND due_at > ?4 AND due_at <= ?6
        ORDER BY due_at, message_id LIMIT ?7
    ) ahead CROSS JOIN messages m ON m.message_id = ahead.message_id
)

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
