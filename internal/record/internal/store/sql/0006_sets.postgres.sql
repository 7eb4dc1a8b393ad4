-- What is in the value sets that a sharing choice names, as that was when the choice was written. What each table is for stands in docs/developers/store.md.
CREATE TABLE choice_set (
	row  bigint NOT NULL, -- of the Consent
	ver  bigint NOT NULL,
	sets bytea NOT NULL, -- sealed
	PRIMARY KEY (row, ver)
);
