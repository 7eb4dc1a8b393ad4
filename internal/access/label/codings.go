package label

// The code systems of labels.
const (
	ActCode         = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	Confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	// Ours has a code for each label, by the label's name.
	Ours = "urn:bevan:sensitivity"
)

// Coding is a label in the form of meta.security.
type Coding struct{ System, Code string }

// hl7 is what HL7 calls each label. It has no code for safeguarding beyond
// domestic abuse, nor for social care. SEX is wider than either of the two that
// it stands for here: a choice that names it means both.
var hl7 = [...]struct {
	label Set
	code  string
}{
	{MentalHealth, "PSY"}, {MentalHealth, "MH"}, {SexualHealth | ReproductiveHealth, "SEX"}, {Substances, "ETH"}, {Substances, "SUD"},
	{Genetics, "GDIS"}, {ChildsOwn, "ADOL"}, {HIV, "HIV"}, {STI, "STD"}, {DomesticAbuse, "SDV"},
	{Alcohol, "ETHUD"}, {Opioids, "OPIOIDUD"}, {SickleCell, "SICKLE"},
}

// Codings are the labels in s as HL7 and we code them, for the conditions of a
// sharing choice. There is always one of v3-Confidentiality: V or R where
// something says so, R for every sensitive kind as the profiles of IHE PCF have
// it, and else N.
func (s Set) Codings() []Coding {
	s = s.whole().Labels()
	out := []Coding{{Confidentiality, s.confidentiality()}}
	for _, h := range hl7 {
		if s&h.label != 0 {
			out = append(out, Coding{ActCode, h.code})
		}
	}
	for _, n := range s.Names() {
		out = append(out, Coding{Ours, n})
	}
	return out
}

func (s Set) confidentiality() string {
	switch {
	case s&VeryRestricted != 0:
		return "V"
	case s&^AddressKept != 0:
		return "R"
	}
	return "N"
}

// Security are the codings that say s and no more, to be put into
// meta.security. What only we have a name for is said with our name.
func (s Set) Security() []Coding {
	var out []Coding
	s = s.Labels() &^ UnderReview
	if s&VeryRestricted != 0 {
		out, s = append(out, Coding{Confidentiality, "V"}), s&^(VeryRestricted|Restricted)
	}
	if s&Restricted != 0 {
		out, s = append(out, Coding{Confidentiality, "R"}), s&^Restricted
	}
	for _, n := range s.Names() {
		out = append(out, Coding{Ours, n})
	}
	return out
}
