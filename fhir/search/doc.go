// Package search knows what a FHIR search asks and what a resource answers.
//
// It reads the search grammar of R4 (section 3.1.1) into a Query, works out
// the values by which a resource can be found (Extract), and decides by the
// resource alone whether it answers a criterion (Match). It is pure: it knows
// neither tables nor plans. The store uses Extract to fill its index, and
// Match to verify each hit, so that an index can be wrong only in speed.
package search
