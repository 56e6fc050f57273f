package node_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"

	v1 "namets/internal/api/v1"
)

// request is one that an operation of a node makes.
type request struct {
	Operation, Method, URL string
	QS                     map[string]any
	Headers                map[string]string
	Body                   any
}

// schema is what the tests read of a JSON schema.
type schema struct {
	Ref        string `json:"$ref"`
	Properties map[string]*schema
	Items      *schema
	OneOf      []*schema
	AnyOf      []*schema
	AllOf      []*schema
	Enum       []any
}

// operation is what the tests read of an operation of the OpenAPI document.
type operation struct {
	Parameters []struct {
		Name, In string
		Schema   *schema
	}
	RequestBody struct {
		Content map[string]struct{ Schema *schema }
	}
}

// openAPI is what the tests read of the OpenAPI document.
type openAPI struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]*schema }
}

// TestNodes_makeRequestsOfTheDocument runs every operation of the compiled nodes with all
// parameters filled in, and compares the requests with the OpenAPI document: the path, the method,
// the names of parameters, headers and members, and the values of choices.
func TestNodes_makeRequestsOfTheDocument(t *testing.T) {
	program, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, "-e", requestsOfNodes)
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var requests []request
	if err := json.Unmarshal(output, &requests); err != nil {
		t.Fatal(err)
	}
	document, err := v1.New(v1.Config{Version: "1.2.3"}).Document()
	if err != nil {
		t.Fatal(err)
	}
	var doc openAPI
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range requests {
		seen[r.Operation] = true
		for _, problem := range doc.problems(r) {
			t.Errorf("%s: %s %s: %s", r.Operation, r.Method, r.URL, problem)
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d operations make requests: %q", len(seen), slices.Sorted(maps.Keys(seen)))
	}
}

// problems returns how the request differs from the document.
func (d *openAPI) problems(r request) (problems []string) {
	parsed, err := url.Parse(r.URL)
	if err != nil {
		return []string{err.Error()}
	}
	template := d.template(strings.TrimPrefix(parsed.EscapedPath(), v1.Prefix))
	op, ok := d.Paths[template][strings.ToLower(r.Method)]
	if !ok {
		return []string{"no such operation"}
	}
	known := map[string]*schema{}
	for _, p := range op.Parameters {
		known[p.In+" "+strings.ToLower(p.Name)] = p.Schema
	}
	for name, value := range r.QS {
		s := known["query "+name]
		if s == nil {
			problems = append(problems, "unknown parameter "+name)
		} else if text, isText := value.(string); isText && d.resolve(s).Items != nil {
			for part := range strings.SplitSeq(text, ",") {
				problems = append(problems, d.check("parameter "+name, d.resolve(s).Items, part)...)
			}
		} else {
			problems = append(problems, d.check("parameter "+name, s, value)...)
		}
	}
	for name := range r.Headers {
		if name != "Accept" && known["header "+strings.ToLower(name)] == nil {
			problems = append(problems, "unknown header "+name)
		}
	}
	if r.Body == nil {
		return problems
	}
	body, ok := op.RequestBody.Content["application/json"]
	if !ok {
		return append(problems, "takes no body")
	}
	if template == "/subscribers/batch" { // its rows are checked one by one: it has no schema of them
		body.Schema = &schema{Items: d.Paths["/subscribers"]["post"].RequestBody.Content["application/json"].Schema}
	}
	return append(problems, d.check("", body.Schema, r.Body)...)
}

// template returns the path of the document that the path belongs to: the one that has the fewest
// variable parts.
func (d *openAPI) template(path string) (best string) {
	parts := strings.Split(path, "/")
	for template := range d.Paths {
		names := strings.Split(template, "/")
		matches := len(names) == len(parts)
		for i := 0; matches && i < len(names); i++ {
			matches = names[i] == parts[i] || strings.HasPrefix(names[i], "{") && parts[i] != ""
		}
		if matches && (best == "" || strings.Count(template, "{") < strings.Count(best, "{")) {
			best = template
		}
	}
	return best
}

func (d *openAPI) resolve(s *schema) *schema {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	if s == nil {
		return &schema{}
	}
	return s
}

// check returns the members of value that the schema does not know, and the values that are none of
// its choices.
func (d *openAPI) check(pointer string, s *schema, value any) (problems []string) {
	s = d.resolve(s)
	for _, either := range slices.Concat(s.OneOf, s.AnyOf, s.AllOf) {
		if either = d.resolve(either); either.Properties != nil || either.Items != nil || either.Enum != nil {
			s = either
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if known := s.Properties[name]; known != nil {
				problems = append(problems, d.check(pointer+"/"+name, known, member)...)
			} else {
				problems = append(problems, "unknown member "+pointer+"/"+name)
			}
		}
	case []any:
		for _, item := range value {
			problems = append(problems, d.check(pointer, s.Items, item)...)
		}
	case string:
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, any(value)) {
			problems = append(problems, pointer+" cannot be "+value)
		}
	}
	return problems
}

// requestsOfNodes is a program for Node that runs the operations of the compiled nodes outside n8n,
// as often as a parameter has choices, and prints the requests that they make.
const requestsOfNodes = `
const Module = require('module');
class NodeApiError extends Error {
	constructor(node, error, more) { super(more?.message ?? error.message, { cause: error }); }
}
const load = Module._load;
Module._load = (name, ...rest) => name === 'n8n-workflow'
	? { NodeApiError, NodeOperationError: NodeApiError, NodeConnectionTypes: { Main: 'main' } } : load(name, ...rest);
const { Namets } = require('./dist/nodes/Namets/Namets.node.js');
const { NametsTrigger } = require('./dist/nodes/NametsTrigger/NametsTrigger.node.js');
const requests = [];
const site = 'https://namets.example';

// sample returns a value of a parameter; round chooses among its choices.
function sample(property, round) {
	const pick = (list) => list[round % list.length];
	switch (property.type) {
		case 'options': return pick(property.options).value;
		case 'multiOptions': return property.options.map((option) => option.value);
		case 'boolean': return round % 2 === 1;
		case 'number': return 1;
		case 'collection': return Object.fromEntries(property.options.map((o) => [o.name, sample(o, round)]));
		default: return property.name === 'reportUrl' ? site + '/api/v1/deliveries/msg_1/report' : '1';
	}
}

// contextOf returns what a node sees of n8n when it runs with the fixed parameters and samples.
function contextOf(operation, properties, fixed, round) {
	const values = { ...fixed };
	const shown = ({ displayOptions }) => Object.entries(displayOptions?.show ?? {})
		.every(([name, wanted]) => wanted.includes(values[name]));
	for (const p of properties) if (!(p.name in values) && shown(p)) values[p.name] = sample(p, round);
	const slots = {};
	return {
		getInputData: () => [{ json: round % 2 ? { error: 'refused' } : {} }],
		getNodeParameter: (name, index, otherwise) => {
			const value = name in values ? values[name] : otherwise;
			if (value !== undefined || ['options', 'filters'].includes(name)) return value;
			throw new Error(operation + ' has no parameter ' + name);
		},
		getNode: () => ({ id: 'node-1' }), getWorkflow: () => ({ id: 'w1' }), getExecutionId: () => '1',
		getWorkflowDataProxy: () => ({ $runIndex: 0 }), getWorkflowStaticData: () => slots,
		getNodeWebhookUrl: () => 'https://n8n.example/webhook/1',
		getActivationMode: () => 'activate', getMode: () => 'webhook',
		getResponseObject: () => ({ status: () => ({ json: () => {} }) }),
		continueOnFail: () => false, getCredentials: async () => ({ url: site }),
		helpers: {
			returnJsonArray: (rows) => [rows].flat().map((json) => ({ json })),
			constructExecutionMetaData: (items) => items,
			httpRequestWithAuthentication: async (name, { method, url, qs, headers, body }) => {
				requests.push({ operation, method, url, qs, headers, body });
				// The body is a list and a row in one: whichever the operation reads is there.
				return { statusCode: 200, headers: {}, body: Object.assign([{ row: 1 }], { id: 1, secret: 'whsec_' }) };
			},
		},
	};
}

(async () => {
	const properties = new Namets().description.properties;
	const operations = properties.filter((p) => p.name === 'operation');
	for (const resource of properties[0].options) {
		const list = operations.find((p) => p.displayOptions.show.resource.includes(resource.value));
		for (const { value } of list.options) {
			for (let round = 0; round < 8; round++) {
				const fixed = { resource: resource.value, operation: value };
				await new Namets().execute.call(contextOf(resource.value + ' ' + value, properties, fixed, round));
			}
		}
	}
	const trigger = new NametsTrigger();
	const { create, checkExists, delete: remove } = trigger.webhookMethods.default;
	for (let round = 0; round < 2; round++) {
		const context = contextOf('trigger', trigger.description.properties, {}, round);
		await trigger.webhook.call(context); // it has no secret yet, and asks for one
		for (const call of [create, checkExists, remove]) await call.call(context);
	}
	console.log(JSON.stringify(requests));
})();
`
