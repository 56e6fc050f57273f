"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.targets = void 0;
const api_1 = require("../shared/api");
const events_1 = require("../NametsTrigger/events");
const fields_1 = require("./fields");
const report_1 = require("./report");
const name = (0, fields_1.needed)('Name', 'name', { description: 'The name of the consumer, of your choice' });
const lease = (0, fields_1.needed)('Lease', 'lease', { default: '={{ $json.lease }}', description: 'The lease of the items from Next' });
const key = (0, fields_1.needed)('Key', 'key', { description: 'Your own key of the hook' });
function simple(operation, method, path, body, parameters) {
    const named = operation.fields.find((field) => field === name || field === key)?.name;
    return {
        ...operation,
        each: async (c, i) => {
            const value = named ? encodeURIComponent((0, fields_1.text)(c, named, i)) : '';
            return await (0, api_1.rowOf)(c, { method, path: path(value), body: body?.(c, i), query: parameters && (0, fields_1.query)(parameters(c, i)) }, i);
        },
    };
}
const consumer = (rest = '') => (value) => `/consumers/${value}${rest}`;
const hook = (rest = '') => (value) => `/hooks/${value}${rest}`;
const consumers = [
    simple({ name: 'Next', value: 'next', action: 'Get the next changes', description: 'Lease the next changes; nothing if there are none',
        fields: [name, { displayName: 'Limit', name: 'limit', type: 'number', typeOptions: { minValue: 1 }, default: 50, description: 'Max number of results to return' }] }, 'GET', consumer('/next'), undefined, (c, i) => ({ limit: c.getNodeParameter('limit', i) })),
    simple({ name: 'Acknowledge', value: 'ack', action: 'Acknowledge changes', description: 'Say that the changes of a lease are done: turn Execute Once on',
        fields: [name, lease] }, 'POST', consumer('/ack'), (c, i) => ({ lease: (0, fields_1.text)(c, 'lease', i) })),
    simple({ name: 'Create or Update', value: 'upsert', action: 'Create or update a consumer',
        description: 'Create a new record, or update the current one if it already exists (upsert)',
        fields: [name,
            {
                displayName: 'Topics',
                name: 'topics',
                type: 'multiOptions',
                options: [
                    { name: 'Announcements', value: 'announcements' },
                    { name: 'Announcements Published', value: 'announcements.published' },
                    { name: 'Events', value: 'events' },
                    { name: 'Events Upcoming', value: 'events.upcoming' },
                    { name: 'Prayer Days', value: 'prayer-days' },
                    { name: 'Subscribers', value: 'subscribers' },
                ],
                default: [],
            },
            (0, fields_1.collection)('Options', 'options', [
                (0, fields_1.member)('Before', 'before', { placeholder: 'PT24H', description: 'How long before its start an event is upcoming' }),
                (0, fields_1.member)('Lease', 'lease', { placeholder: 'PT5M', description: 'How long a run may take' }),
                (0, fields_1.choice)('Start', 'start', ['now', 'beginning']),
            ])] }, 'PUT', consumer(), (c, i) => ({ topics: c.getNodeParameter('topics', i), ...(0, fields_1.chosen)(c, 'options', i) })),
    simple({ name: 'Get Many', value: 'getMany', action: 'Get many consumers', fields: [] }, 'GET', () => '/consumers'),
    simple({ name: 'Release', value: 'release', action: 'Release a lease', description: 'Give the changes of a lease back',
        fields: [name, lease] }, 'POST', consumer('/release'), (c, i) => ({ lease: (0, fields_1.text)(c, 'lease', i) })),
    simple({ name: 'Rewind', value: 'rewind', action: 'Rewind a consumer',
        fields: [name, (0, fields_1.needed)('To', 'to', { default: 'beginning', description: 'The beginning, a change number (seq) or a time' })] }, 'POST', consumer('/rewind'), (c, i) => ({ to: /^[0-9]+$/.test((0, fields_1.text)(c, 'to', i)) ? Number((0, fields_1.text)(c, 'to', i)) : (0, fields_1.text)(c, 'to', i) })),
    simple({ name: 'Delete', value: 'delete', action: 'Delete a consumer', fields: [name] }, 'DELETE', consumer()),
];
const hooks = [
    simple({ name: 'Get Many', value: 'getMany', action: 'Get many hooks', fields: [] }, 'GET', () => '/hooks'),
    simple({ name: 'Get', value: 'get', action: 'Get a hook', fields: [key] }, 'GET', hook()),
    simple({ name: 'Create or Update', value: 'upsert', action: 'Create or update a hook',
        description: 'Create a new record, or update the current one if it already exists (upsert)',
        fields: [key, (0, fields_1.needed)('URL', 'url'),
            { displayName: 'Events', name: 'events', type: 'multiOptions', required: true, options: events_1.eventTypes, default: [] },
            (0, fields_1.collection)('Options', 'options', [
                (0, fields_1.choice)('Acknowledge', 'ack', ['2xx', 'report']),
                (0, fields_1.member)('Before', 'before', { placeholder: 'PT24H' }),
                (0, fields_1.member)('Report Within', 'report_within', { placeholder: 'PT30M' }),
            ])] }, 'PUT', hook(), (c, i) => ({ url: (0, fields_1.text)(c, 'url', i), events: c.getNodeParameter('events', i), ...(0, fields_1.chosen)(c, 'options', i) })),
    simple({ name: 'Get Deliveries', value: 'deliveries', action: 'Get the deliveries of a hook', fields: [key] }, 'GET', hook('/deliveries')),
    simple({ name: 'Replace Secret', value: 'secret', action: 'Replace the secret of a hook', fields: [key] }, 'POST', hook('/secret')),
    simple({ name: 'Replay', value: 'replay', action: 'Send deliveries of a hook again',
        fields: [key, (0, fields_1.needed)('Since', 'since', { type: 'dateTime' })] }, 'POST', hook('/replay'), undefined, (c, i) => ({ since: (0, fields_1.text)(c, 'since', i) })),
    simple({ name: 'Test', value: 'test', action: 'Send a test to a hook', fields: [key] }, 'POST', hook('/test')),
    simple({ name: 'Delete', value: 'delete', action: 'Delete a hook', fields: [key] }, 'DELETE', hook()),
];
exports.targets = [
    { name: 'Consumer', value: 'consumer', operations: consumers },
    {
        name: 'Delivery',
        value: 'delivery',
        operations: [
            {
                name: 'Report',
                value: 'report',
                action: 'Report on the e-mails of a delivery',
                description: 'Say which e-mails of the trigger were sent and which were refused',
                fields: [
                    (0, fields_1.needed)('Report URL', 'reportUrl', { default: "={{ $('Namets Trigger').item.json.report_url }}" }),
                    (0, fields_1.needed)('Email', 'email', { default: "={{ $('Namets Trigger').item.json.email }}", placeholder: 'name@email.com' }),
                    {
                        displayName: 'Outcome',
                        name: 'outcome',
                        type: 'options',
                        options: [
                            { name: 'Automatic', value: 'automatic', description: 'Failed if the item has an error, otherwise sent' },
                            { name: 'Failed', value: 'failed' },
                            { name: 'Sent', value: 'sent' },
                        ],
                        default: 'automatic',
                        description: 'What became of the e-mail. Set On Error of Send Email to Continue.',
                    },
                    (0, fields_1.member)('Reason', 'reason', { description: 'Why it failed; by default the error of the item' }),
                ],
                all: report_1.report,
            },
        ],
    },
    { name: 'Hook', value: 'hook', operations: hooks },
];
