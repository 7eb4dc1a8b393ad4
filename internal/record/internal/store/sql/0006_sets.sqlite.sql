-- What is in the value sets that a sharing choice names, as that was when the choice was written. What each table is for stands in docs/developers/store.md.
CREATE TABLE choice_set (
	row  INTEGER NOT NULL, -- of the Consent
	ver  INTEGER NOT NULL,
	sets BLOB NOT NULL, -- sealed
	PRIMARY KEY (row, ver)
) WITHOUT ROWID;
