// Package apart holds the proof that nobody learns of what they may not see.
//
// It makes a record at random, with people, labels, references, choices and
// somebody who asks, and asks the FHIR server. A second record never held what
// this somebody may not see: there it asks for somebody who may see everything.
// Status, headers and body have to be equal, whatever was asked. A case that
// fails is made smaller, and kept in testdata.
//
// There is nothing in the package but its tests. It looks at the server from
// outside, through the handler that the application mounts, and says by itself
// who may see what: nothing of the record's own judgement is asked for that.
package apart
