import type {
	IDataObject,
	IExecuteFunctions,
	IHttpRequestMethods,
	INodeProperties,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import { createHash } from 'crypto';

import { ask, hasStatus, rowOf } from '../shared/api';
import { choice, chosen, collection, flag, member, needed, query, text } from './fields';
import type { Operation } from './operation';

/** A kind of rows of the open API. */
export interface Rows {
	/** Its path, such as /announcements. */
	path: string;
	/** What one and many of them are called: announcement, announcements. */
	one: string;
	many: string;
	/** How a row is found, beside its id: by-key or by-email. */
	by?: 'key' | 'email';
	/** Whether a row cannot be created or updated by how it is found. */
	fixed?: boolean;
	/** The members that a new row needs, and the others. */
	needs: INodeProperties[];
	members: INodeProperties[];
	/** The filters of its list. */
	filters: INodeProperties[];
	/** Whether a write may notify people, and whether a deletion may. */
	notifies?: boolean;
	deletionNotifies?: boolean;
}

const largestPage = 1000;

/** Returns the operations that all rows have. */
export function operationsOf(rows: Rows): Operation[] {
	const a = /^[aeiou]/.test(rows.one) ? 'an' : 'a';
	const all: Operation[] = [
		{ name: 'Get Many', value: 'getMany', action: `Get many ${rows.many}`, fields: listFields(rows), each: many(rows.path) },
		{ name: 'Get', value: 'get', action: `Get ${a} ${rows.one}`, fields: whichFields(rows), each: (c, i) => found(c, i, rows) },
		{
			name: 'Create',
			value: 'create',
			action: `Create ${a} ${rows.one}`,
			fields: [...rows.needs, collection('Additional Fields', 'fields', rows.members), options(rows, true)],
			each: async (c, i) => await write(c, i, 'POST', rows.path, { ...needs(c, i, rows), ...chosen(c, 'fields', i) }),
		},
		{
			name: 'Update',
			value: 'update',
			action: `Update ${a} ${rows.one}`,
			fields: [...whichFields(rows), collection('Fields to Change', 'fields', [...rows.needs.map(optional), ...rows.members]), options(rows)],
			each: async (c, i) => await write(c, i, 'PATCH', `${rows.path}/${await idOf(c, i, rows)}`, chosen(c, 'fields', i)),
		},
		{
			name: 'Delete',
			value: 'delete',
			action: `Delete ${a} ${rows.one}`,
			fields: [...whichFields(rows), options({ ...rows, notifies: rows.deletionNotifies })],
			each: async (c, i) => await remove(c, i, rows),
		},
	];
	return rows.by && !rows.fixed ? [...all, upsert(rows, a)] : all;
}

function upsert(rows: Rows, a: string): Operation {
	const by = rows.by as string;
	const own =
		by === 'key'
			? needed('Key', 'key', { description: 'Your own key of the row: 1 to 128 of A-Z a-z 0-9 . _ ~ : -' })
			: needed('Email', 'email', { placeholder: 'name@email.com' });
	const members = [...rows.needs.filter((field) => field.name !== by).map(optional), ...rows.members];
	return {
		name: 'Create or Update',
		value: 'upsert',
		action: `Create or update ${a} ${rows.one}`,
		description: 'Create a new record, or update the current one if it already exists (upsert)',
		fields: [own, collection('Fields', 'fields', members.filter((field) => field.name !== by)), options(rows)],
		each: async (c, i) =>
			await write(c, i, 'PUT', `${rows.path}/by-${by}/${encodeURIComponent(text(c, by, i))}`, chosen(c, 'fields', i)),
	};
}

function optional(field: INodeProperties): INodeProperties {
	return { ...field, required: false };
}

function listFields(rows: Rows): INodeProperties[] {
	return [
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			default: false,
			description: 'Whether to return all results or only up to a given limit',
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 50,
			description: 'Max number of results to return',
			displayOptions: { show: { returnAll: [false] } },
		},
		collection('Filters', 'filters', rows.filters),
	];
}

function whichFields(rows: Rows): INodeProperties[] {
	const id = needed('ID', 'id', { description: `The id of the ${rows.one}` });
	if (!rows.by) return [id];
	const by = { ...choice('Find By', 'by', ['id', rows.by]), default: 'id' };
	const own = needed(rows.by === 'key' ? 'Key' : 'Email', rows.by, { placeholder: rows.by === 'email' ? 'name@email.com' : '' });
	return [
		by,
		{ ...id, displayOptions: { show: { by: ['id'] } } },
		{ ...own, displayOptions: { show: { by: [rows.by] } } },
	];
}

/** The options of a write. */
function options(rows: Rows, creates = false): INodeProperties {
	const all = rows.notifies
		? [flag('Notify', 'notify', 'to tell people and workflows of the change, as the admin does')]
		: [];
	if (creates) {
		all.push(
			member('Idempotency Key', 'idempotencyKey', {
				description: 'A request with the same key and content is carried out once. By default made from the execution and the item.',
			}),
		);
	} else {
		all.push(member('Revision', 'revision', { description: 'Refuse the change unless the row still has this revision' }));
	}
	return { ...collection('Options', 'options', all.map((o) => (o.name === 'notify' ? { ...o, default: true } : o))), placeholder: 'Add option' };
}

function needs(context: IExecuteFunctions, index: number, rows: Rows): IDataObject {
	return Object.fromEntries(rows.needs.map(({ name }) => [name, context.getNodeParameter(name, index)])) as IDataObject;
}

/** Returns what reads a list, page by page. */
export function many(path: string, more?: (context: IExecuteFunctions, index: number) => IDataObject) {
	return async (context: IExecuteFunctions, index: number): Promise<IDataObject[]> => {
		const filters = { ...chosen(context, 'filters', index), ...more?.(context, index) };
		const wanted = context.getNodeParameter('returnAll', index) ? Infinity : (context.getNodeParameter('limit', index) as number);
		const rows: IDataObject[] = [];
		let after: unknown;
		while (rows.length < wanted) {
			const limit = Math.min(largestPage, wanted - rows.length);
			const page = await ask(context, { path, query: query({ ...filters, limit, after } as IDataObject) }, index);
			const got = page.body as unknown as IDataObject[];
			rows.push(...got);
			after = page.headers['x-next-cursor'];
			if (got.length === 0 || after === undefined) break;
		}
		return rows;
	};
}

async function found(context: IExecuteFunctions, index: number, rows: Rows): Promise<IDataObject> {
	const by = rows.by ? text(context, 'by', index) : 'id';
	const value = encodeURIComponent(text(context, by, index));
	return await rowOf(context, { path: by === 'id' ? `${rows.path}/${value}` : `${rows.path}/by-${by}/${value}` }, index);
}

/** Returns the id of the row that the parameters name. */
export async function idOf(context: IExecuteFunctions, index: number, rows: Rows): Promise<string> {
	if (!rows.by || text(context, 'by', index) === 'id') return encodeURIComponent(text(context, 'id', index));
	return String((await found(context, index, rows)).id);
}

async function remove(context: IExecuteFunctions, index: number, rows: Rows): Promise<IDataObject> {
	try {
		return await write(context, index, 'DELETE', `${rows.path}/${await idOf(context, index, rows)}`);
	} catch (error) {
		if (rows.by && text(context, 'by', index) !== 'id' && hasStatus(error, 404)) return { outcome: 'absent' };
		throw new NodeApiError(context.getNode(), error as JsonObject);
	}
}

/** Makes a request that changes something, with the options that the parameters have. */
export async function write(
	context: IExecuteFunctions,
	index: number,
	method: IHttpRequestMethods,
	path: string,
	body?: IDataObject,
): Promise<IDataObject> {
	const { notify, idempotencyKey, revision } = chosen(context, 'options', index);
	const headers: IDataObject = {};
	if (method === 'POST') headers['Idempotency-Key'] = idempotencyKey || onceKey(context, index, path, body);
	if (revision) headers['If-Match'] = `"${revision}"`;
	return await rowOf(context, { method, path, query: query({ notify: notify === false ? '0' : '' }), headers, body }, index);
}

/**
 * Returns the Idempotency-Key of a creation: a node that n8n runs once more for the same item of the
 * same execution, because the answer was lost, creates nothing twice.
 */
function onceKey(context: IExecuteFunctions, index: number, path: string, body?: IDataObject): string {
	const run = context.getWorkflowDataProxy(index).$runIndex as number;
	const parts = [context.getExecutionId(), context.getNode().id, run, index, path, body];
	return `n8n:${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}
