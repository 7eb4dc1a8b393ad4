-- When a message is no longer worth sending, in seconds since 1970, UTC.
ALTER TABLE notice ADD COLUMN ends bigint NOT NULL DEFAULT 0;
UPDATE notice SET ends = due + 259200;
CREATE INDEX notice_ends ON notice (ends);
