// Package portal is the pages: what a person sees in a browser.
//
// Why here: pages are a door like the FHIR interface and the sign-in
// protocols, and stand on the same floor. Each page has a file, each sentence
// stands in words, and the look comes from nhsuk-frontend, which is taken from
// npm when Bevan is built (assets) and shipped inside the program (dist). A
// page works without JavaScript and asks no other host for anything.
//
// What is not here: what may be shown (record decides), what is true of an
// account (identity), the protocols that apps speak (smart).
package portal
