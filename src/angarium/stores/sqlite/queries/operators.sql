-- Operators' own tokens.

-- name: operator_token_used
UPDATE operator_tokens SET used_at = ? WHERE operator_token_id = ?
