-- Rows of Binaries that were erased with a person, until the whole index was swept of them. What each table is for stands in docs/developers/store.md.
CREATE TABLE erased_file (
	person bigint NOT NULL,
	row    bigint NOT NULL,
	PRIMARY KEY (person, row)
);
