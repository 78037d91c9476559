// Package playbook reads OASIS CACAO 2.0 playbooks as templates of actions, and
// writes templates and the board of an incident as playbooks (CACAO Security
// Playbooks Version 2.0, Committee Specification 01, 27 November 2023).
//
// Nothing of a playbook is ever carried out by the hub: its steps become work that
// is asked of partners, its conditions become decisions of people, and its commands
// are text that people read.
package playbook

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// SpecVersion is the version of the specification that is read and written.
const SpecVersion = "cacao-2.0"

// MediaType is that of a playbook (section 1.5 of the specification's IANA
// considerations).
const MediaType = "application/cacao+json"

// Playbook is a CACAO playbook as far as it is used here (section 3). What else a
// playbook holds is left out by who reads it, who says so.
type Playbook struct {
	Type        string    `json:"type"`
	SpecVersion string    `json:"spec_version"`
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Types       []string  `json:"playbook_types,omitempty"`
	CreatedBy   string    `json:"created_by"`
	Created     time.Time `json:"created"`
	Modified    time.Time `json:"modified"`
	Revoked     bool      `json:"revoked,omitzero"`
	ValidUntil  time.Time `json:"valid_until,omitzero"`
	Sectors     []string  `json:"industry_sectors,omitempty"`
	Labels      []string  `json:"labels,omitempty"`
	Markings    []string  `json:"markings,omitempty"`

	Start     string          `json:"workflow_start"`
	Exception string          `json:"workflow_exception,omitempty"`
	Workflow  map[string]Step `json:"workflow"`

	Agents         map[string]Agent          `json:"agent_definitions,omitempty"`
	Targets        map[string]Agent          `json:"target_definitions,omitempty"`
	ExtensionKinds map[string]ExtensionKind  `json:"extension_definitions,omitempty"`
	MarkingKinds   map[string]Marking        `json:"data_marking_definitions,omitempty"`
	Extensions     map[string]jsontext.Value `json:"playbook_extensions,omitempty"`
	Variables      map[string]jsontext.Value `json:"playbook_variables,omitempty"`
	Signatures     []jsontext.Value          `json:"signatures,omitempty"`
}

// Step is a step of a workflow (section 4), of any type.
type Step struct {
	Type         string                    `json:"type"`
	Name         string                    `json:"name,omitempty"`
	Description  string                    `json:"description,omitempty"`
	TimeoutMS    int64                     `json:"timeout,omitzero"`
	OnCompletion string                    `json:"on_completion,omitempty"`
	OnSuccess    string                    `json:"on_success,omitempty"`
	OnFailure    string                    `json:"on_failure,omitempty"`
	Extensions   map[string]jsontext.Value `json:"step_extensions,omitempty"`

	// Of an action.
	Commands []Command `json:"commands,omitempty"`
	Agent    string    `json:"agent,omitempty"`
	Targets  []string  `json:"targets,omitempty"`

	Playbook  string            `json:"playbook_id,omitempty"` // of a playbook-action
	NextSteps []string          `json:"next_steps,omitempty"`  // of a parallel step
	Condition string            `json:"condition,omitempty"`   // of an if- or while-condition
	OnTrue    string            `json:"on_true,omitempty"`
	OnFalse   string            `json:"on_false,omitempty"`
	Switch    string            `json:"switch,omitempty"` // of a switch-condition
	Cases     map[string]string `json:"cases,omitempty"`
}

// The types of steps (section 4.1).
const (
	typeStart    = "start"
	typeEnd      = "end"
	typeAction   = "action"
	typePlaybook = "playbook-action"
	typeParallel = "parallel"
	typeIf       = "if-condition"
	typeWhile    = "while-condition"
	typeSwitch   = "switch-condition"
)

// Command is what an action would have an agent do (section 5). Here it is text.
type Command struct {
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	Activity    string `json:"playbook_activity,omitempty"`
	Command     string `json:"command,omitempty"`
	CommandB64  string `json:"command_b64,omitempty"`
	ContentB64  string `json:"content_b64,omitempty"`
}

// Agent is who acts, or what is acted upon (section 7).
type Agent struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Sector string `json:"sector,omitempty"`
}

// ExtensionKind says what an extension is (section 9).
type ExtensionKind struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	CreatedBy   string `json:"created_by"`
	Schema      string `json:"schema"`
	Version     string `json:"version"`
}

// Marking is a data marking (section 8).
type Marking struct {
	Type      string    `json:"type"`
	ID        string    `json:"id"`
	CreatedBy string    `json:"created_by"`
	Created   time.Time `json:"created"`
	TLP       string    `json:"tlpv2_level,omitempty"`
	Statement string    `json:"statement,omitempty"`
}

// namespace is that of the ids that are made here: the same of the same.
var namespace = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("playbook.tocsin.example"))

// newID is an id of a type that follows from what it names.
func newID(kind, name string) string {
	return kind + "--" + uuid.NewSHA1(namespace, []byte(kind+"\x00"+name)).String()
}

// Hub is whom a playbook names as its maker where no partner made it.
var Hub = newID("identity", "hub")

// templateExtension is how this project's own properties go into a playbook.
var templateExtension = newID("extension-definition", "template, 1")

// ofTemplate is what a template has and CACAO does not.
type ofTemplate struct {
	ID  string   `json:"template"`
	For []string `json:"for,omitempty"`
}

// ofStep is what a step of a template has and CACAO does not.
type ofStep struct {
	Key       string   `json:"key"`
	Number    int      `json:"number"` // its place among the steps, from 1
	Kind      string   `json:"kind"`
	AskedOf   []string `json:"asked_of,omitempty"`
	Authority string   `json:"authority,omitempty"`
	Approval  string   `json:"approval,omitempty"`
	DeadlineS int64    `json:"deadline_s,omitzero"`
	After     []string `json:"after,omitempty"`
}
