package staff

import "github.com/bevanhealth/bevan/internal/problem"

// Role is what somebody does in an organisation.
type Role string

// The roles there are.
const (
	Clinician       Role = "clinician"        // looks after people
	CareCoordinator Role = "care-coordinator" // arranges care between organisations
	Administrator   Role = "administrator"    // keeps the list of an organisation's members
	AppAssessor     Role = "app-assessor"     // judges apps for the library
	Researcher      Role = "researcher"       // asks about many people, within their choices
	Auditor         Role = "auditor"          // reads who looked at what
	Operator        Role = "operator"         // runs the service
)

var roles = []Role{Clinician, CareCoordinator, Administrator, AppAssessor, Researcher, Auditor, Operator}

// Roles lists them, for a page or a help text.
func Roles() []Role { return append([]Role(nil), roles...) }

// RoleNamed finds a role by its name.
func RoleNamed(name string) (Role, error) {
	for _, r := range roles {
		if string(r) == name {
			return r, nil
		}
	}
	text := "There is no such role. There are:"
	for i, r := range roles {
		if i > 0 {
			text += ","
		}
		text += " " + string(r)
	}
	return "", problem.New(problem.Invalid, text+".").Because("staff-no-role")
}
