package twin

// makers give the members of each type that the table knows.
var makers = map[string]func(*gen) []string{
	"Patient":               (*gen).patient,
	"Observation":           (*gen).observation,
	"Encounter":             (*gen).encounter,
	"Condition":             (*gen).condition,
	"MedicationRequest":     (*gen).medicationRequest,
	"Organization":          (*gen).organization,
	"Practitioner":          (*gen).practitioner,
	"RelatedPerson":         (*gen).relatedPerson,
	"Appointment":           (*gen).appointment,
	"Group":                 (*gen).group,
	"List":                  (*gen).listOf,
	"Questionnaire":         (*gen).questionnaire,
	"QuestionnaireResponse": (*gen).response,
	"RiskAssessment":        (*gen).risk,
	"Location":              (*gen).location,
	"Provenance":            (*gen).provenance,
}

func (g *gen) strOf(n int, list ...string) string {
	return g.some(n, func() string { return str(g.one(list...)) })
}

func (g *gen) dateOf(n int) string { return g.some(n, func() string { return str(g.date()) }) }

func (g *gen) bool(n int) string { return g.some(n, func() string { return g.one("true", "false") }) }

func (g *gen) patient() []string {
	dead, when := "", ""
	switch g.IntN(4) {
	case 0:
		dead = g.one("true", "false")
	case 1:
		when = str(g.date())
	}
	return []string{"active", g.bool(60), "name", g.list(2, g.name), "telecom", g.list(2, g.telecom), "gender", g.strOf(80, "male", "female", "other"),
		"birthDate", g.some(85, func() string { return str(g.one(dates...)) }), "deceasedBoolean", dead, "deceasedDateTime", when, "address", g.list(2, g.address),
		"communication", g.some(30, func() string { return arr(obj("language", g.concept())) }),
		"generalPractitioner", g.list(2, g.refs("Practitioner", "Organization")), "managingOrganization", g.some(60, g.refs("Organization")),
		"link", g.some(40, func() string { return arr(obj("other", g.ref("Patient", "RelatedPerson"), "type", str("seealso"))) })}
}

func (g *gen) observation() []string {
	m := []string{"status", g.strOf(90, "final", "amended", "preliminary"), "category", g.list(1, g.concept), "code", g.some(95, g.concept),
		"subject", g.subject("Group", "Location"), "encounter", g.some(50, g.refs("Encounter")),
		"performer", g.some(50, func() string { return g.list(2, g.refs("Practitioner", "Organization", "Patient", "RelatedPerson")) }),
		"hasMember", g.some(25, func() string { return g.list(2, g.refs("Observation", "QuestionnaireResponse")) }),
		"derivedFrom", g.some(15, func() string { return g.list(2, g.refs("Observation")) }),
		"focus", g.some(15, func() string { return g.list(2, g.refs("Patient", "Observation", "Condition", "Location")) })}
	switch g.IntN(8) {
	case 0, 1, 2:
		m = append(m, "effectiveDateTime", str(g.date()))
	case 3, 4:
		m = append(m, "effectivePeriod", g.period())
	case 5:
		m = append(m, "effectiveInstant", str(g.one(moments...)))
	case 6:
		m = append(m, "effectiveTiming", obj("event", g.list(2, func() string { return str(g.date()) })))
	}
	if g.odds(30) {
		m = append(m, "component", g.list(3, func() string { return obj(append([]string{"code", g.concept()}, g.answer()...)...) }))
	}
	return append(m, g.answer()...)
}

// answer is the value[x] of an Observation or of a part of one.
func (g *gen) answer() []string {
	switch g.IntN(9) {
	case 0, 1, 2, 3:
		return []string{"valueQuantity", g.quantity()}
	case 4:
		return []string{"valueString", str(g.one(displays...))}
	case 5:
		return []string{"valueCodeableConcept", g.concept()}
	case 6:
		return []string{"valueDateTime", str(g.date())}
	case 7:
		return []string{"valuePeriod", g.period()}
	}
	return nil
}

func (g *gen) encounter() []string {
	return []string{"status", g.strOf(90, "finished", "planned"), "class", g.some(90, g.coding), "type", g.list(1, g.concept),
		"subject", g.subject("Group"), "period", g.some(85, g.period), "length", g.some(40, g.quantity),
		"participant", g.list(2, func() string { return obj("individual", g.ref("Practitioner", "RelatedPerson")) }),
		"location", g.list(2, func() string { return obj("location", g.ref("Location"), "period", g.some(50, g.period)) }),
		"partOf", g.some(35, g.refs("Encounter")), "serviceProvider", g.some(50, g.refs("Organization")),
		"appointment", g.some(25, func() string { return arr(g.ref("Appointment")) }),
		"reasonReference", g.some(25, func() string { return g.list(2, g.refs("Condition", "Observation")) }),
		"diagnosis", g.some(30, func() string { return g.list(2, func() string { return obj("condition", g.ref("Condition")) }) })}
}

func (g *gen) condition() []string {
	m := []string{"clinicalStatus", g.some(70, g.concept), "category", g.list(1, g.concept), "code", g.some(90, g.concept), "subject", g.subject("Group"),
		"encounter", g.some(50, g.refs("Encounter")), "asserter", g.some(40, g.refs("Patient", "Practitioner", "RelatedPerson")), "recordedDate", g.dateOf(60),
		"evidence", g.some(30, func() string { return arr(obj("detail", g.list(2, g.refs("Observation", "Condition")))) })}
	switch g.IntN(6) {
	case 0:
		return append(m, "onsetDateTime", str(g.date()))
	case 1:
		return append(m, "onsetPeriod", g.period())
	case 2:
		return append(m, "onsetAge", g.quantity())
	case 3:
		return append(m, "onsetRange", g.rangeOf())
	case 4:
		return append(m, "onsetString", str(g.one(displays...)))
	}
	return m
}

func (g *gen) medicationRequest() []string {
	return []string{"status", g.strOf(90, "active", "stopped"), "intent", g.strOf(90, "order", "plan"), "medicationCodeableConcept", g.some(90, g.concept),
		"subject", g.subject("Group"), "encounter", g.some(50, g.refs("Encounter")), "authoredOn", g.dateOf(70), "requester", g.some(60, g.refs("Practitioner", "Patient", "RelatedPerson")),
		"dosageInstruction", g.some(40, func() string {
			return arr(obj("timing", obj("event", g.list(2, func() string { return str(g.date()) }))))
		})}
}

func (g *gen) organization() []string {
	return []string{"active", g.bool(60), "type", g.kindOfPlace(), "name", g.strOf(85, families...), "alias", g.list(2, func() string { return str(g.one(families...)) }),
		"address", g.list(1, g.address), "partOf", g.some(65, g.refs("Organization"))}
}

func (g *gen) practitioner() []string {
	return []string{"active", g.bool(60), "name", g.list(2, g.name), "telecom", g.list(2, g.telecom), "gender", g.strOf(70, "male", "female")}
}

func (g *gen) relatedPerson() []string {
	return []string{"patient", g.some(90, g.refs("Patient")), "relationship", g.list(1, g.concept), "name", g.list(1, g.name), "gender", g.strOf(70, "male", "female"),
		"birthDate", g.some(50, func() string { return str(g.one(dates...)) })}
}

func (g *gen) appointment() []string {
	return []string{"status", g.strOf(90, "booked", "cancelled"), "start", g.some(80, func() string { return str(g.one(moments...)) }),
		"reasonReference", g.some(20, func() string { return arr(g.ref("Condition")) }),
		"participant", g.list(4, func() string {
			return obj("actor", g.some(95, g.refs("Patient", "Patient", "Practitioner", "RelatedPerson", "Location")), "status", str(g.one("accepted", "tentative")))
		})}
}

func (g *gen) group() []string {
	return []string{"type", g.strOf(90, "person", "animal"), "actual", g.bool(90), "code", g.some(50, g.concept), "managingEntity", g.some(40, g.refs("Organization", "Practitioner")),
		"characteristic", g.list(2, func() string {
			m := []string{"code", g.concept(), "exclude", g.bool(80)}
			if g.odds(50) {
				return obj(append(m, "valueBoolean", g.one("true", "false"))...)
			}
			return obj(append(m, "valueCodeableConcept", g.concept())...)
		}),
		"member", g.list(4, func() string { return obj("entity", g.ref("Patient", "Patient", "Practitioner", "Group")) })}
}

func (g *gen) listOf() []string {
	return []string{"status", g.strOf(90, "current", "retired"), "title", g.strOf(70, displays...), "code", g.some(60, g.concept), "subject", g.subject("Group", "Location"),
		"date", g.dateOf(60), "source", g.some(50, g.refs("Patient", "Practitioner")), "encounter", g.some(40, g.refs("Encounter")),
		"note", g.some(30, func() string { return arr(obj("text", str(g.one(displays...)))) }),
		"entry", g.list(5, func() string {
			return obj("item", g.ref("Observation", "Condition", "Patient", "Encounter", "Organization", "List"))
		})}
}

func (g *gen) questionnaire() []string {
	return []string{"url", g.strOf(85, urls...), "version", g.strOf(60, "1.0", "2"), "name", g.strOf(60, families...), "title", g.strOf(60, displays...),
		"status", g.strOf(90, "active", "draft"), "date", g.dateOf(60), "effectivePeriod", g.some(50, g.period),
		"useContext", g.some(50, func() string {
			if g.odds(50) {
				return arr(obj("code", g.coding(), "valueQuantity", g.quantity()))
			}
			return arr(obj("code", g.coding(), "valueRange", g.rangeOf()))
		}),
		"item", g.list(2, func() string {
			return obj("linkId", str("1"), "definition", g.strOf(60, urls...), "code", g.list(2, g.coding))
		})}
}

func (g *gen) response() []string {
	return []string{"questionnaire", g.some(85, func() string { return str(g.one(urls...) + g.one("", "|1.0", "|2")) }), "status", g.strOf(90, "completed", "amended"),
		"subject", g.subject("Practitioner", "Observation"), "authored", g.dateOf(70), "author", g.some(50, g.refs("Patient", "Practitioner")),
		"source", g.some(40, g.refs("Patient", "RelatedPerson")), "encounter", g.some(40, g.refs("Encounter"))}
}

func (g *gen) risk() []string {
	return []string{"status", str("final"), "method", g.some(40, g.concept), "subject", g.subject("Group"), "encounter", g.some(40, g.refs("Encounter")),
		"occurrenceDateTime", g.dateOf(70), "condition", g.some(50, g.refs("Condition")), "performer", g.some(40, g.refs("Practitioner")),
		"prediction", g.list(3, func() string {
			m := []string{"qualitativeRisk", g.some(40, g.concept)}
			if g.odds(60) {
				return obj(append(m, "probabilityDecimal", g.one(numbers...))...)
			}
			return obj(append(m, "probabilityRange", g.rangeOf())...)
		})}
}

func (g *gen) location() []string {
	return []string{"status", g.strOf(90, "active", "suspended"), "name", g.strOf(85, families...), "alias", g.list(1, func() string { return str(g.one(families...)) }),
		"type", g.list(1, g.concept), "address", g.some(50, g.address), "operationalStatus", g.some(50, g.coding),
		"managingOrganization", g.some(60, g.refs("Organization")), "partOf", g.some(50, g.refs("Location"))}
}

func (g *gen) provenance() []string {
	return []string{"target", g.list(4, g.refs("Patient", "Patient", "Observation", "Condition", "Encounter")), "recorded", g.some(90, func() string { return str(g.one(moments...)) }),
		"occurredDateTime", g.dateOf(50), "location", g.some(40, g.refs("Location")),
		"agent", g.list(2, func() string { return obj("who", g.ref("Practitioner", "Patient", "Organization", "RelatedPerson")) }),
		"entity", g.some(30, func() string {
			return arr(obj("role", str("source"), "what", g.ref("Observation", "Patient", "Questionnaire")))
		})}
}
