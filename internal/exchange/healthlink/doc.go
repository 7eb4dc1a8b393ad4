// Package healthlink keeps links to a summary that people hand to whom they want
// (SMART Health Links, "SMART Health Cards and Links" 1.0.0, "Links
// Specification"): an address, a key, an end, and a passcode that is told by
// another way.
//
// What a link leads to is the summary of the day on which it was made, sealed
// with a key that stands in the link and nowhere here: who has this store can not
// read it, and who lost a link makes another. So an opening reads nothing of the
// record, and nothing that came later is in it. Each opening is an entry of the
// access log before the answer leaves, and the person sees it with what the
// reader called themself, which nobody has checked.
//
// What is not here: the summary (ips) and the pages (portal). No page of ours
// opens a link: whoever gets one uses a reader of their own.
package healthlink
