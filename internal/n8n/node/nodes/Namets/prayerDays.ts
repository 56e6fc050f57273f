import type { INodeProperties } from 'n8n-workflow';

import { rowOf } from '../shared/api';
import { dayOptions, deletionOptions, sendEmail, updatedSince } from './content';
import { choice, chosen, collection, member, needed, text } from './fields';
import type { Resource } from './operation';
import { many, operationsOf, write } from './rows';

const times: INodeProperties[] = ['Fajr', 'Dhuhr', 'Asr', 'Maghrib', 'Isha'].flatMap((prayer) =>
	['Adhan', 'Iqama'].map((call) =>
		member(`${prayer} ${call}`, `${prayer}_${call}`.toLowerCase(), { placeholder: '05:20' }),
	),
);
const members = [...times, sendEmail, choice('Status', 'status', ['published', 'draft'])];
const date = needed('Date', 'date', { placeholder: '2026-03-01', description: 'The day, as YYYY-MM-DD' });

const path = '/prayer-days';
const lists = operationsOf({
	path,
	one: 'prayer day',
	many: 'prayer days',
	needs: [],
	members: [],
	filters: [
		member('From', 'from', { placeholder: '2026-03-01' }),
		choice('Status', 'status', ['published', 'draft']),
		member('To', 'to', { placeholder: '2026-03-31' }),
		updatedSince,
	],
});

/** Prayer times by day. */
export const prayerDay: Resource = {
	name: 'Prayer Day',
	value: 'prayerDay',
	operations: [
		{
			name: 'Get',
			value: 'get',
			action: 'Get a prayer day',
			fields: [{ ...date, default: 'today', description: 'The day, as YYYY-MM-DD, today or tomorrow' }],
			each: async (c, i) => await rowOf(c, { path: `${path}/${encodeURIComponent(text(c, 'date', i))}` }, i),
		},
		{ ...lists[0], each: many(path) },
		...(['PUT', 'PATCH', 'DELETE'] as const).map((method) => ({
			name: { PUT: 'Create or Update', PATCH: 'Update', DELETE: 'Delete' }[method],
			value: { PUT: 'upsert', PATCH: 'update', DELETE: 'delete' }[method],
			action: { PUT: 'Create or update a prayer day', PATCH: 'Update a prayer day', DELETE: 'Delete a prayer day' }[method],
			fields: method === 'DELETE' ? [date, deletionOptions] : [date, collection('Fields', 'fields', members), dayOptions],
			each: async (c: Parameters<typeof write>[0], i: number) =>
				await write(c, i, method, `${path}/${encodeURIComponent(text(c, 'date', i))}`, method === 'DELETE' ? undefined : chosen(c, 'fields', i)),
		})),
	],
};
