package api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// outside is a validator that others made, over the document as clients read it.
func outside(t *testing.T, s *site) validator.Validator {
	t.Helper()
	text := s.call(http.MethodGet, "/openapi.json", "", "", nil).Body.Bytes()
	doc, err := libopenapi.NewDocument(slices.Clone(text))
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return v
}

// The document is valid by the schema of OpenAPI 3.1, as others read it.
func TestDocumentIsValidForOthers(t *testing.T) {
	valid, errs := outside(t, newSite(t, nil)).ValidateDocument()
	for _, e := range errs {
		t.Errorf("%s: %s", e.Message, e.Reason)
		for _, one := range e.SchemaValidationErrors {
			t.Errorf("  %s: %s", one.FieldPath, one.Reason)
		}
	}
	if !valid && len(errs) == 0 {
		t.Error("the document is not valid")
	}
}

// complains is what the validator has against an answer.
func complains(v validator.Validator, method, path string, got *httptest.ResponseRecorder) (complaints []string) {
	request := httptest.NewRequest(method, "/api/v1"+path, nil)
	_, errs := v.ValidateHttpResponse(request, got.Result())
	for _, e := range errs {
		complaints = append(complaints, e.Message+": "+e.Reason)
		for _, one := range e.SchemaValidationErrors {
			complaints = append(complaints, one.FieldPath+": "+one.Reason)
		}
	}
	return complaints
}

// Every route of the API is in the document, with the methods that it has, and
// what changes something says that it takes a key.
func TestDocumentIsComplete(t *testing.T) {
	s := newSite(t, nil)
	doc := document(t, s)
	described := map[string]bool{}
	for _, op := range operations(t, doc) {
		described[op.method+" "+op.path] = true
		var names []string
		parameters, _ := op.is["parameters"].([]any)
		for _, p := range parameters {
			names = append(names, p.(map[string]any)["name"].(string))
		}
		natural := op.path == "/contributions" && op.method == http.MethodPost || op.path == "/claim"
		if changing := op.method != http.MethodGet; slices.Contains(names, "Idempotency-Key") != (changing && !natural) {
			t.Errorf("%s %s: the key is in the document or is not: %v", op.method, op.path, names)
		}
	}
	for _, pattern := range s.api.Routes() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.TrimPrefix(path, "/api/v1")
		if !described[method+" "+path] {
			t.Errorf("%s is answered and not in the document", pattern)
		}
		delete(described, method+" "+path)
	}
	for one := range described {
		t.Errorf("%s is in the document and not answered", one)
	}
}
