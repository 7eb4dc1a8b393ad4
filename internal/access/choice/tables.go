package choice

import "slices"

// Code systems that have a meaning here.
const (
	ConfidentialitySystem = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	ActCodeSystem         = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	ActReasonSystem       = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	participationSystem   = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	policySystem          = "http://terminology.hl7.org/CodeSystem/consentpolicycodes"
	typeSystem            = "http://hl7.org/fhir/resource-types"
	uriSystem             = "urn:ietf:rfc:3986"
)

// levels are the codes of confidentiality from the lowest to the highest
// (HL7 v3-Confidentiality, 4.0.1).
var levels = []string{"U", "L", "M", "N", "R", "V"}

const (
	normal     = 3
	restricted = 4
)

// Sensitivities says which sensitivity of HL7's v3-ActCode is part of which
// (InformationSensitivityPolicy). It joins the hierarchy of 4.0.1 with what
// later releases and IHE PCF put under mental health and substance use, so that
// a choice about the wider one holds for the narrower one in either reading. A
// code without a wider one stands with nil. It must not be changed.
var Sensitivities = map[string][]string{
	"ETH": nil, "GDIS": nil, "HIV": nil, "MST": nil, "SCA": nil, "SDV": nil, "SEX": nil, "SPI": nil,
	"STD": nil, "TBOO": nil, "VIO": nil, "SICKLE": {"SCA"},
	"BH": {"SPI"}, "COGN": {"BH"}, "DVD": {"BH"}, "EMOTDIS": {"BH"},
	"MH": {"BH"}, "PSY": {"MH"}, "PSYTHPN": {"PSY"},
	"SUD": {"BH", "ETH"}, "ETHUD": {"SUD"}, "OPIOIDUD": {"SUD"},
	"DEMO": nil, "DOB": {"DEMO"}, "GENDER": {"DEMO"}, "LIVARG": {"DEMO"}, "MARST": {"DEMO"}, "RACE": {"DEMO"}, "REL": {"DEMO"},
	"B": nil, "EMPL": nil, "LOCIS": nil, "SSP": nil,
	"ADOL": nil, "CEL": nil, "DIA": nil, "DRGIS": nil, "EMP": nil, "PDS": nil, "PHY": nil, "PRS": nil,
}

// Purposes says which purpose of use of HL7's v3-ActReason is part of which
// (PurposeOfUse, 4.0.1): emergency treatment is treatment, and breaking the
// glass is emergency treatment. It must not be changed.
var Purposes = map[string][]string{
	"TREAT": nil, "CLINTRL": {"TREAT"}, "COC": {"TREAT"}, "ETREAT": {"TREAT"}, "BTG": {"ETREAT"}, "ERTREAT": {"ETREAT"}, "POPHLTH": {"TREAT"},
	"HMARKT":  nil,
	"HOPERAT": nil, "CAREMGT": {"HOPERAT"}, "DONAT": {"HOPERAT"}, "FRAUD": {"HOPERAT"}, "GOV": {"HOPERAT"}, "HACCRED": {"HOPERAT"},
	"HCOMPL": {"HOPERAT"}, "HDECD": {"HOPERAT"}, "HDIRECT": {"HOPERAT"}, "HDM": {"HOPERAT"}, "HLEGAL": {"HOPERAT"}, "HOUTCOMS": {"HOPERAT"},
	"HPRGRP": {"HOPERAT"}, "HQUALIMP": {"HOPERAT"}, "HSYSADMIN": {"HOPERAT"}, "LABELING": {"HSYSADMIN"}, "METAMGT": {"HSYSADMIN"},
	"MEMADMIN": {"HOPERAT"}, "MILCDM": {"HOPERAT"}, "PATADMIN": {"HOPERAT"}, "PATSFTY": {"HOPERAT"}, "PERFMSR": {"HOPERAT"},
	"RECORDMGT": {"HOPERAT"}, "SYSDEV": {"HOPERAT"}, "HTEST": {"SYSDEV"}, "TRAIN": {"HOPERAT"},
	"HPAYMT": nil, "CLMATTCH": {"HPAYMT"}, "COVAUTH": {"HPAYMT"}, "COVERAGE": {"HPAYMT"}, "ELIGDTRM": {"COVERAGE"}, "ELIGVER": {"COVERAGE"},
	"ENROLLM": {"COVERAGE"}, "MILDCRG": {"COVERAGE"}, "REMITADV": {"HPAYMT"},
	"HRESCH": nil, "BIORCH": {"HRESCH"}, "CLINTRCH": {"HRESCH"}, "CLINTRCHNPC": {"CLINTRCH"}, "CLINTRCHPC": {"CLINTRCH"},
	"PRECLINTRCH": {"CLINTRCH"}, "DSRCH": {"HRESCH"}, "POARCH": {"HRESCH"}, "TRANSRCH": {"HRESCH"},
	"PATRQT": nil, "FAMRQT": {"PATRQT"}, "PWATRNY": {"PATRQT"}, "SUPNWK": {"PATRQT"},
	"PUBHLTH": nil, "DISASTER": {"PUBHLTH"}, "THREAT": {"PUBHLTH"},
}

// actions are the codes of consentaction (R4).
var actions = []string{"collect", "access", "use", "disclose", "correct"}

// recipients are the roles of an actor that say no more than that they receive
// data, which is what every Viewer does. PRCP stands in R4's own examples.
var recipients = []string{"IRCP", "PRCP"}

// basePolicies are those of ActConsentDirective that say yes or no by
// themselves, and so stand for the type of a root that has none: R4 asks that
// the root leaves it out.
var basePolicies = map[string]bool{"OPTIN": true, "OPTINR": true, "OPTOUT": false, "OPTOUTE": false}

// under says whether code is wide or part of it by the table.
func under(table map[string][]string, code, wide string) bool {
	if code == wide {
		return true
	}
	for _, up := range table[code] {
		if under(table, up, wide) {
			return true
		}
	}
	return false
}

// level is the confidentiality of an item by its labels: the highest code that
// it carries, and one of which the meaning is not known counts as the highest
// of all. Without any it is normal, and restricted where a sensitivity is
// named, as HL7's vocabulary presumes.
func level(labels []Coding) int {
	high, presumed := -1, normal
	for _, l := range labels {
		switch {
		case l.System == ConfidentialitySystem && sensitivity(l) == "":
			n := slices.Index(levels, l.Code)
			if n < 0 {
				n = len(levels) - 1
			}
			high = max(high, n)
		case sensitivity(l) != "":
			presumed = restricted
		}
	}
	if high < 0 {
		return presumed
	}
	return high
}

// sensitivity is the code of HL7's sensitivity policy that a label names, or
// "". Four of them stood in v3-Confidentiality in former times, and resources
// may still carry those.
func sensitivity(l Coding) string {
	switch l.System {
	case ActCodeSystem:
		if _, known := Sensitivities[l.Code]; known {
			return l.Code
		}
	case ConfidentialitySystem:
		switch l.Code {
		case "ETH", "HIV", "PSY", "SDV":
			return l.Code
		}
	}
	return ""
}
