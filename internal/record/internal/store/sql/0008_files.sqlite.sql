-- Rows of Binaries that were erased with a person, until the whole index was swept of them. What each table is for stands in docs/developers/store.md.
CREATE TABLE erased_file (
	person INTEGER NOT NULL,
	row    INTEGER NOT NULL,
	PRIMARY KEY (person, row)
) WITHOUT ROWID;
