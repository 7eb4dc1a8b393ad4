// Package atoz is the Health A to Z: pages of plain information about
// conditions, vaccinations, tests and medicines.
//
// Why here: whoever sees a code in their record wants to know what it is, and
// should not have to leave for it. Each page is one Markdown file with a part for
// the person and a part for the professional. An operator may add files of their
// own and replace ours.
//
// What it is not: advice about one person. A page says nothing of what a result
// means for whoever reads it, and says on its face that no clinician has checked
// it yet. It holds ids of code systems as facts and nothing of their releases.
package atoz
