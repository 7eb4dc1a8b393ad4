// Package event takes England's child health event messages into the record, and
// writes them from it: birth notification, newborn hearing, physical examination,
// blood spot, vaccinations, professional contacts, death, change of GP or address.
//
// Why here: a message is FHIR STU3 as XML about one child, comes from a source that
// may send it twice, late or damaged, and says what is new, what has changed and
// what was a mistake. What it means for the record is one subject: whose record,
// which entry each part of it is (mapping.txt turns STU3 into R4 and back), what an
// update or a delete does to what is held. A message is taken whole or not at all;
// one that is not waits for a person, with the place and the reason (Inbox).
//
// What is not here: reading XML (fhir/xml), what is a valid resource (fhir/validate),
// pages and HTTP (portal, fhirapi), who may send (access). A message gives nobody
// access: organisations that it names are kept as that source names them, and are
// not the organisations whose staff sign in here.
package event
