import type { IDataObject } from 'n8n-workflow';

import { rowOf } from '../shared/api';
import { eventTypes } from '../NametsTrigger/events';
import { choice, chosen, collection, member, needed, query, text } from './fields';
import type { Operation, Resource } from './operation';
import { report } from './report';

const name = needed('Name', 'name', { description: 'The name of the consumer, of your choice' });
const lease = needed('Lease', 'lease', { default: '={{ $json.lease }}', description: 'The lease of the items from Next' });
const key = needed('Key', 'key', { description: 'Your own key of the hook' });

/** Returns an operation that makes one request. */
function simple(
	operation: Pick<Operation, 'name' | 'value' | 'action' | 'description' | 'fields'>,
	method: 'GET' | 'PUT' | 'POST' | 'DELETE',
	path: (named: string) => string,
	body?: (context: Parameters<NonNullable<Operation['each']>>[0], index: number) => IDataObject,
	parameters?: (context: Parameters<NonNullable<Operation['each']>>[0], index: number) => IDataObject,
): Operation {
	const named = operation.fields.find((field) => field === name || field === key)?.name;
	return {
		...operation,
		each: async (c, i) => {
			const value = named ? encodeURIComponent(text(c, named, i)) : '';
			return await rowOf(c, { method, path: path(value), body: body?.(c, i), query: parameters && query(parameters(c, i)) }, i);
		},
	};
}

const consumer = (rest = '') => (value: string) => `/consumers/${value}${rest}`;
const hook = (rest = '') => (value: string) => `/hooks/${value}${rest}`;

/** Changes that namets keeps the place of. */
const consumers: Operation[] = [
	simple({ name: 'Next', value: 'next', action: 'Get the next changes', description: 'Lease the next changes; nothing if there are none',
		fields: [name, { displayName: 'Limit', name: 'limit', type: 'number', typeOptions: { minValue: 1 }, default: 50, description: 'Max number of results to return' }] },
		'GET', consumer('/next'), undefined, (c, i) => ({ limit: c.getNodeParameter('limit', i) as number })),
	simple({ name: 'Acknowledge', value: 'ack', action: 'Acknowledge changes', description: 'Say that the changes of a lease are done: turn Execute Once on',
		fields: [name, lease] }, 'POST', consumer('/ack'), (c, i) => ({ lease: text(c, 'lease', i) })),
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
			collection('Options', 'options', [
				member('Before', 'before', { placeholder: 'PT24H', description: 'How long before its start an event is upcoming' }),
				member('Lease', 'lease', { placeholder: 'PT5M', description: 'How long a run may take' }),
				choice('Start', 'start', ['now', 'beginning']),
			])] },
		'PUT', consumer(), (c, i) => ({ topics: c.getNodeParameter('topics', i) as string[], ...chosen(c, 'options', i) })),
	simple({ name: 'Get Many', value: 'getMany', action: 'Get many consumers', fields: [] }, 'GET', () => '/consumers'),
	simple({ name: 'Release', value: 'release', action: 'Release a lease', description: 'Give the changes of a lease back',
		fields: [name, lease] }, 'POST', consumer('/release'), (c, i) => ({ lease: text(c, 'lease', i) })),
	simple({ name: 'Rewind', value: 'rewind', action: 'Rewind a consumer',
		fields: [name, needed('To', 'to', { default: 'beginning', description: 'The beginning, a change number (seq) or a time' })] },
		'POST', consumer('/rewind'), (c, i) => ({ to: /^[0-9]+$/.test(text(c, 'to', i)) ? Number(text(c, 'to', i)) : text(c, 'to', i) })),
	simple({ name: 'Delete', value: 'delete', action: 'Delete a consumer', fields: [name] }, 'DELETE', consumer()),
];

/** Targets of webhooks. */
const hooks: Operation[] = [
	simple({ name: 'Get Many', value: 'getMany', action: 'Get many hooks', fields: [] }, 'GET', () => '/hooks'),
	simple({ name: 'Get', value: 'get', action: 'Get a hook', fields: [key] }, 'GET', hook()),
	simple({ name: 'Create or Update', value: 'upsert', action: 'Create or update a hook',
		description: 'Create a new record, or update the current one if it already exists (upsert)',
		fields: [key, needed('URL', 'url'),
			{ displayName: 'Events', name: 'events', type: 'multiOptions', required: true, options: eventTypes, default: [] },
			collection('Options', 'options', [
				choice('Acknowledge', 'ack', ['2xx', 'report']),
				member('Before', 'before', { placeholder: 'PT24H' }),
				member('Report Within', 'report_within', { placeholder: 'PT30M' }),
			])] },
		'PUT', hook(), (c, i) => ({ url: text(c, 'url', i), events: c.getNodeParameter('events', i) as string[], ...chosen(c, 'options', i) })),
	simple({ name: 'Get Deliveries', value: 'deliveries', action: 'Get the deliveries of a hook', fields: [key] }, 'GET', hook('/deliveries')),
	simple({ name: 'Replace Secret', value: 'secret', action: 'Replace the secret of a hook', fields: [key] }, 'POST', hook('/secret')),
	simple({ name: 'Replay', value: 'replay', action: 'Send deliveries of a hook again',
		fields: [key, needed('Since', 'since', { type: 'dateTime' })] }, 'POST', hook('/replay'), undefined, (c, i) => ({ since: text(c, 'since', i) })),
	simple({ name: 'Test', value: 'test', action: 'Send a test to a hook', fields: [key] }, 'POST', hook('/test')),
	simple({ name: 'Delete', value: 'delete', action: 'Delete a hook', fields: [key] }, 'DELETE', hook()),
];

/** The resources that bring changes to workflows. */
export const targets: Resource[] = [
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
					needed('Report URL', 'reportUrl', { default: "={{ $('Namets Trigger').item.json.report_url }}" }),
					needed('Email', 'email', { default: "={{ $('Namets Trigger').item.json.email }}", placeholder: 'name@email.com' }),
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
					member('Reason', 'reason', { description: 'Why it failed; by default the error of the item' }),
				],
				all: report,
			},
		],
	},
	{ name: 'Hook', value: 'hook', operations: hooks },
];
