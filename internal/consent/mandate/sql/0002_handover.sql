-- For which change by age that has happened both have been told.
ALTER TABLE mandate ADD COLUMN passed bigint NOT NULL DEFAULT 0;
