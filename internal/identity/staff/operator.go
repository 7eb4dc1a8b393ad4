package staff

import (
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// AsOperator is whoever acts as an operator, for the record. It refuses every
// other role.
func (a Acting) AsOperator() (access.Who, error) {
	if a.Member == "" || a.Role != Operator {
		return access.Who{}, problem.New(problem.Forbidden, "The role in which you work now does not have this page. Choose another role, or ask an operator for one.").Because("role-no-page")
	}
	return access.Operator(a.Actor()), nil
}
