// Package given reads what a record says of somebody's vaccinations, and says it
// again in FHIR.
//
// It turns Immunizations into the history that the rules of package england ask
// for: by the codes of the UK, of CDC and of made-up people, and by names. What it
// can not place is kept and told as not known: it is never counted, and never
// dropped in silence. A day that is not exact counts only if each day that it can
// be would count. What two places say of one dose is one dose.
//
// It reads no record by itself: the pages and programs hand it what their viewer
// may see. So what is hidden from a viewer is not in any answer.
package given
