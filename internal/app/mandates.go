package app

import (
	"context"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// mandateWork opens the record for the room that keeps who may act for whom: its
// own work, done for whoever gives or ends a right, with no more than that needs.
func (h *house) mandateWork(ctx context.Context, by string, bound access.Rights) (*record.Session, error) {
	who := access.Operator(by)
	who.Bound = bound
	return h.session(ctx, access.Job("mandate", who), access.Operations)
}

// importMandate takes a Consent of the national relationship service. That is for
// programs, and for the operator, that may make and change every Consent and look
// for everybody: never for whoever comes for one person.
func (h *house) importMandate(ctx context.Context, who access.Who, t *fhir.Tree) (string, error) {
	trusted := (who.Role == access.RoleProgram && who.Kind == access.Client || who.Role == access.RoleOperator) && who.For == 0 && who.Patient == ""
	if !trusted || !who.Bound.Allows(access.Create|access.Update, "Consent") || !who.Bound.Allows(access.Search, "Patient") {
		return "", problem.New(problem.Forbidden, "You may not bring in rights to act for others. That needs a program with the scopes system/Consent.cu and system/Patient.s. Ask the operator.")
	}
	d, err := h.mandates.Import(ctx, mandate.By{Actor: who.Actor}, t)
	return d.ID, err
}
