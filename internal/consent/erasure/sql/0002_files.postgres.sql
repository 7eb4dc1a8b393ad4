-- Binaries that went with the record, and those that stay since entries of others open them too.
ALTER TABLE erasure ADD COLUMN files bigint NOT NULL DEFAULT 0;
ALTER TABLE erasure ADD COLUMN files_shared bigint NOT NULL DEFAULT 0;
