-- What each table is for stands in docs/developers/store.md.
CREATE TABLE label_state (one bigint PRIMARY KEY, tables text NOT NULL);
INSERT INTO label_state VALUES (1, '');
CREATE TABLE label_ruling (row bigint PRIMARY KEY, lowered bigint NOT NULL);
CREATE TABLE label_new (system text NOT NULL, code text NOT NULL, since bigint NOT NULL, PRIMARY KEY (system, code));
CREATE TABLE label_judged (
	system text NOT NULL,
	code   text NOT NULL,
	labels bigint NOT NULL,
	who    text NOT NULL,
	why    text NOT NULL,
	at     bigint NOT NULL,
	PRIMARY KEY (system, code, at)
);
