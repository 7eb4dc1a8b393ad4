// Package sharing turns a sharing choice in plain words into a FHIR Consent that
// the record enforces, and reads Consents back into such words.
//
// Why here: the page on which somebody chooses asks few and simple questions,
// and what they mean as a provision is to be decided once, beside what each
// hides of itself. What a provision means is access/choice's to say, and who
// may write one the record's.
//
// A Consent that has no plain form, since another system wrote it, is read as
// it stands and never dropped: it holds as well, and can be ended.
package sharing
