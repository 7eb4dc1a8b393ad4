// Package xml reads and writes the XML form of FHIR resources (R4 section 2.6.2)
// as the tree of the JSON form, so that nothing else has to know of XML.
//
// Why here: England's child health messages come as XML, from outside. General
// XML has entities that grow, documents that fetch others, prefixes that mean one
// thing to one reader and another to the next; FHIR uses none of it. This reader
// knows the small language that FHIR needs and refuses the rest with the line and
// the element: no document type, no entities but the five, no processing
// instructions, no prefixes, no text outside of a narrative, and bounds on size,
// depth, elements and attributes. Which elements repeat and which are numbers is
// taken from tables: those of R4 (fhir/spec), or those of STU3 (stu3.txt), of
// the types that messages use.
//
// It does not judge whether a resource is valid: cardinalities, codes and dates are
// the work of fhir/validate, once it is R4.
package xml
