package fhirapi

// route is one line of the table: which method on which path does what. In a
// path, {type} stands for an R4 resource type, {id} and {vid} for ids, {sub}
// for a type or `*`, and {name} for a file's name; everything else stands for
// itself. The first line that fits is taken.
type route struct {
	method string
	path   string
	do     func(*call) error
	// what is the interaction's code in the CapabilityStatement
	// (http://hl7.org/fhir/R4/valueset-type-restful-interaction.html and
	// valueset-system-restful-interaction.html), or an operation with its `$`.
	what string
	open bool // needs no token
}

// table is every route there is. The CapabilityStatement is made from it.
func table() []route {
	return []route{
		// The server as a whole.
		{"GET", "metadata", (*call).capabilities, "", true},
		{"GET", "", (*call).search, "search-system", false},
		{"POST", "", (*call).bundle, "transaction", false},
		{"POST", "_search", (*call).search, "search-system", false},
		{"GET", "_history", (*call).history, "history-system", false},
		{"GET", "$export", (*call).exportAll, "$export", false},
		{"POST", "$export", (*call).exportAll, "$export", false},
		{"POST", "$import", (*call).importFiles, "$import", false},
		{"POST", "$import-proxy", (*call).importProxy, "$import-proxy", false},
		{"POST", "$growth", (*call).growth, "$growth", false},
		{"POST", "$process-message", (*call).processMessage, "$process-message", false},
		{"GET", "_bulk/{id}", (*call).bulkStatus, "", false},
		{"DELETE", "_bulk/{id}", (*call).bulkCancel, "", false},
		{"GET", "_bulk/{id}/{name}", (*call).bulkFile, "", false},

		// Operations that only some types have stand before those of every type.
		{"GET", "Patient/{id}/$everything", (*call).everything, "$everything", false},
		{"POST", "Patient/{id}/$everything", (*call).everything, "$everything", false},
		{"GET", "Patient/{id}/$summary", (*call).summary, "$summary", false},
		{"POST", "Patient/{id}/$summary", (*call).summary, "$summary", false},
		{"GET", "Patient/{id}/$immds-forecast", (*call).forecast, "$immds-forecast", false},
		{"POST", "Patient/{id}/$immds-forecast", (*call).forecast, "$immds-forecast", false},
		{"GET", "Encounter/{id}/$everything", (*call).everything, "$everything", false},
		{"POST", "Encounter/{id}/$everything", (*call).everything, "$everything", false},
		{"GET", "Patient/$export", (*call).exportPatients, "$export", false},
		{"POST", "Patient/$export", (*call).exportPatients, "$export", false},
		{"GET", "Group/{id}/$export", (*call).exportGroup, "$export", false},
		{"POST", "Group/{id}/$export", (*call).exportGroup, "$export", false},
		{"GET", "Observation/$lastn", (*call).lastN, "$lastn", false},
		{"POST", "Observation/$lastn", (*call).lastN, "$lastn", false},

		// One resource.
		{"GET", "{type}/{id}", (*call).read, "read", false},
		{"PUT", "{type}/{id}", (*call).update, "update", false},
		{"PATCH", "{type}/{id}", (*call).patch, "patch", false},
		{"DELETE", "{type}/{id}", (*call).remove, "delete", false},
		{"GET", "{type}/{id}/_history", (*call).history, "history-instance", false},
		{"GET", "{type}/{id}/_history/{vid}", (*call).read, "vread", false},
		{"GET", "{type}/{id}/$meta", (*call).meta, "$meta", false},
		{"GET", "{type}/{id}/_history/{vid}/$meta", (*call).meta, "$meta", false},
		{"POST", "{type}/{id}/$meta-add", (*call).metaAdd, "$meta-add", false},
		{"POST", "{type}/{id}/$meta-delete", (*call).metaDelete, "$meta-delete", false},
		{"POST", "{type}/{id}/$raise-label", (*call).raiseLabel, "$raise-label", false},
		{"GET", "{type}/{id}/$may-see", (*call).maySee, "$may-see", false},
		{"POST", "{type}/{id}/$may-see", (*call).maySee, "$may-see", false},
		{"GET", "{type}/{id}/$validate", (*call).validate, "$validate", false},
		{"POST", "{type}/{id}/$validate", (*call).validate, "$validate", false},

		// One type.
		{"GET", "{type}", (*call).search, "search-type", false},
		{"POST", "{type}/_search", (*call).search, "search-type", false},
		{"POST", "{type}", (*call).create, "create", false},
		{"PUT", "{type}", (*call).update, "update", false},
		{"PATCH", "{type}", (*call).patch, "patch", false},
		{"DELETE", "{type}", (*call).remove, "delete", false},
		{"GET", "{type}/_history", (*call).history, "history-type", false},
		{"POST", "{type}/$validate", (*call).validate, "$validate", false},

		// One compartment; {sub} would also fit what stands above.
		{"GET", "{type}/{id}/{sub}", (*call).search, "", false},
		{"POST", "{type}/{id}/{sub}/_search", (*call).search, "", false},
	}
}
