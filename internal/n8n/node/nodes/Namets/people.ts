import type { IDataObject } from 'n8n-workflow';

import { rowOf } from '../shared/api';
import { batch } from './batch';
import { key, search, updatedSince } from './content';
import { choice, collection, flag, list, member, needed, text } from './fields';
import type { Resource } from './operation';
import { idOf, operationsOf, type Rows, write } from './rows';

const subscribers: Rows = {
	path: '/subscribers',
	one: 'subscriber',
	many: 'subscribers',
	by: 'email',
	notifies: true,
	deletionNotifies: true,
	needs: [needed('Email', 'email', { placeholder: 'name@email.com' })],
	members: [
		flag('Active', 'is_active', 'the person gets e-mails'),
		choice('Consent', 'consent', ['confirmed'], 'Without it, a new address is asked by e-mail first'),
		member('Consent At', 'consent_at', { type: 'dateTime', description: 'When the person agreed' }),
		member('Consent Source', 'consent_source', { description: 'Where the person agreed' }),
		key,
		flag('Notify of Announcements', 'notify_announcements', 'the person wants announcements'),
		flag('Notify of Events', 'notify_events', 'the person wants events'),
		flag('Notify of Prayer Changes', 'notify_prayer_changes', 'the person wants changes of prayer times'),
		member('Phone', 'phone'),
		flag('Verified', 'is_verified', 'the address is confirmed'),
	],
	filters: [
		choice('Active', 'active', ['1', 'all'], '1: only those who get e-mails'),
		flag('Links', 'links', 'to add the personal links'),
		search,
		updatedSince,
		{
			displayName: 'Wants',
			name: 'wants',
			type: 'multiOptions',
			options: [
				{ name: 'Announcements', value: 'announcements' },
				{ name: 'Events', value: 'events' },
				{ name: 'Prayer Times', value: 'prayer' },
			],
			default: [],
		},
	],
};

const topic = choice('Topic', 'topic', ['announcements', 'events', 'prayer'], 'What the people are subscribed to');

/** The resources about people and what is sent to them. */
export const people: Resource[] = [
	{
		name: 'Audience',
		value: 'audience',
		operations: [
			{
				name: 'Get Many',
				value: 'getMany',
				action: 'Get the recipients of a topic',
				fields: [topic],
				each: async (c, i) => await rowOf(c, { path: `/audience/${encodeURIComponent(text(c, 'topic', i))}` }, i),
			},
		],
	},
	{
		name: 'Message',
		value: 'message',
		operations: [
			{
				name: 'Send',
				value: 'send',
				action: 'Send a message',
				description: 'Send a message by e-mail; it cannot be called back',
				fields: [
					needed('Subject', 'subject'),
					needed('Body', 'body', { typeOptions: { rows: 4 } }),
					{ ...flag('Everyone', 'everyone', 'to send it to all active subscribers and patrons'), default: false },
					{
						...member('Addresses', 'addresses', { description: 'Addresses of subscribers, separated by commas' }),
						displayOptions: { show: { everyone: [false] } },
					},
					collection('Options', 'options', [member('Idempotency Key', 'idempotencyKey')]),
				],
				each: async (c, i) => {
					const body: IDataObject = { subject: text(c, 'subject', i), body: c.getNodeParameter('body', i) as string };
					if (c.getNodeParameter('everyone', i)) body.everyone = true;
					else body.addresses = list(c.getNodeParameter('addresses', i));
					return await write(c, i, 'POST', '/messages', body);
				},
			},
		],
	},
	{
		name: 'Subscriber',
		value: 'subscriber',
		operations: [
			...operationsOf(subscribers),
			{
				name: 'Create or Update in Batches',
				value: 'batch',
				action: 'Create or update many subscribers',
				description: 'Write all items with few requests; each item gets the verdict on its row',
				fields: [
					needed('Email', 'email', { placeholder: 'name@email.com' }),
					collection('Fields', 'fields', subscribers.members),
					collection('Options', 'options', [
						flag('Ask for Consent', 'ask', 'to ask new addresses without consent by e-mail, at most 50 in a request'),
						flag('Dry Run', 'dry_run', 'to write nothing and only return the verdicts'),
						choice('Mode', 'mode', ['upsert', 'create', 'update']),
						{ ...flag('Notify', 'notify', 'to tell people and workflows of the changes'), default: true },
						{
							displayName: 'Rows per Request',
							name: 'size',
							type: 'number',
							typeOptions: { minValue: 1, maxValue: 10000 },
							default: 1000,
						},
					]),
				],
				all: batch,
			},
			{
				name: 'Report a Bounce',
				value: 'bounce',
				action: 'Report a bounce of a subscriber',
				description: 'Report that an e-mail came back; a hard bounce or a complaint ends mailing to the address',
				fields: [
					...(operationsOf(subscribers).find(({ value }) => value === 'get')?.fields ?? []),
					choice('Kind', 'kind', ['hard', 'soft', 'complaint']),
					member('Detail', 'detail', { description: 'What the mail server said' }),
				],
				each: async (c, i) => {
					const body: IDataObject = { kind: text(c, 'kind', i) };
					if (text(c, 'detail', i)) body.detail = text(c, 'detail', i);
					return await rowOf(c, { method: 'POST', path: `/subscribers/${await idOf(c, i, subscribers)}/bounces`, body }, i);
				},
			},
		],
	},
];
