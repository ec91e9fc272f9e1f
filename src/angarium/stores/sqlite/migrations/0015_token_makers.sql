-- Who made an operator token: pages show it beside the token. What was made before is known from the audit log.

ALTER TABLE operator_tokens ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
UPDATE operator_tokens SET made_by = ifnull(
    (SELECT author FROM audit_log
     WHERE subject = 'operator_token/' || operator_token_id AND action = 'operator_token.create'
     ORDER BY entry_id LIMIT 1), '');
