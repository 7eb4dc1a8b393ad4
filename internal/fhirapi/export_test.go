package fhirapi

// Routes are the lines of the route table, for the test that holds the
// CapabilityStatement against them: method, path, and what it claims to be.
func Routes() [][3]string {
	var out [][3]string
	for _, r := range table() {
		out = append(out, [3]string{r.method, r.path, r.what})
	}
	return out
}
