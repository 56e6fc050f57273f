"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.operationsOf = operationsOf;
exports.many = many;
exports.idOf = idOf;
exports.write = write;
const n8n_workflow_1 = require("n8n-workflow");
const crypto_1 = require("crypto");
const api_1 = require("../shared/api");
const fields_1 = require("./fields");
const largestPage = 1000;
function operationsOf(rows) {
    const a = /^[aeiou]/.test(rows.one) ? 'an' : 'a';
    const all = [
        { name: 'Get Many', value: 'getMany', action: `Get many ${rows.many}`, fields: listFields(rows), each: many(rows.path) },
        { name: 'Get', value: 'get', action: `Get ${a} ${rows.one}`, fields: whichFields(rows), each: (c, i) => found(c, i, rows) },
        {
            name: 'Create',
            value: 'create',
            action: `Create ${a} ${rows.one}`,
            fields: [...rows.needs, (0, fields_1.collection)('Additional Fields', 'fields', rows.members), options(rows, true)],
            each: async (c, i) => await write(c, i, 'POST', rows.path, { ...needs(c, i, rows), ...(0, fields_1.chosen)(c, 'fields', i) }),
        },
        {
            name: 'Update',
            value: 'update',
            action: `Update ${a} ${rows.one}`,
            fields: [...whichFields(rows), (0, fields_1.collection)('Fields to Change', 'fields', [...rows.needs.map(optional), ...rows.members]), options(rows)],
            each: async (c, i) => await write(c, i, 'PATCH', `${rows.path}/${await idOf(c, i, rows)}`, (0, fields_1.chosen)(c, 'fields', i)),
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
function upsert(rows, a) {
    const by = rows.by;
    const own = by === 'key'
        ? (0, fields_1.needed)('Key', 'key', { description: 'Your own key of the row: 1 to 128 of A-Z a-z 0-9 . _ ~ : -' })
        : (0, fields_1.needed)('Email', 'email', { placeholder: 'name@email.com' });
    const members = [...rows.needs.filter((field) => field.name !== by).map(optional), ...rows.members];
    return {
        name: 'Create or Update',
        value: 'upsert',
        action: `Create or update ${a} ${rows.one}`,
        description: 'Create a new record, or update the current one if it already exists (upsert)',
        fields: [own, (0, fields_1.collection)('Fields', 'fields', members.filter((field) => field.name !== by)), options(rows)],
        each: async (c, i) => await write(c, i, 'PUT', `${rows.path}/by-${by}/${encodeURIComponent((0, fields_1.text)(c, by, i))}`, (0, fields_1.chosen)(c, 'fields', i)),
    };
}
function optional(field) {
    return { ...field, required: false };
}
function listFields(rows) {
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
        (0, fields_1.collection)('Filters', 'filters', rows.filters),
    ];
}
function whichFields(rows) {
    const id = (0, fields_1.needed)('ID', 'id', { description: `The id of the ${rows.one}` });
    if (!rows.by)
        return [id];
    const by = { ...(0, fields_1.choice)('Find By', 'by', ['id', rows.by]), default: 'id' };
    const own = (0, fields_1.needed)(rows.by === 'key' ? 'Key' : 'Email', rows.by, { placeholder: rows.by === 'email' ? 'name@email.com' : '' });
    return [
        by,
        { ...id, displayOptions: { show: { by: ['id'] } } },
        { ...own, displayOptions: { show: { by: [rows.by] } } },
    ];
}
function options(rows, creates = false) {
    const all = rows.notifies
        ? [(0, fields_1.flag)('Notify', 'notify', 'to tell people and workflows of the change, as the admin does')]
        : [];
    if (creates) {
        all.push((0, fields_1.member)('Idempotency Key', 'idempotencyKey', {
            description: 'A request with the same key and content is carried out once. By default made from the execution and the item.',
        }));
    }
    else {
        all.push((0, fields_1.member)('Revision', 'revision', { description: 'Refuse the change unless the row still has this revision' }));
    }
    return { ...(0, fields_1.collection)('Options', 'options', all.map((o) => (o.name === 'notify' ? { ...o, default: true } : o))), placeholder: 'Add option' };
}
function needs(context, index, rows) {
    return Object.fromEntries(rows.needs.map(({ name }) => [name, context.getNodeParameter(name, index)]));
}
function many(path, more) {
    return async (context, index) => {
        const filters = { ...(0, fields_1.chosen)(context, 'filters', index), ...more?.(context, index) };
        const wanted = context.getNodeParameter('returnAll', index) ? Infinity : context.getNodeParameter('limit', index);
        const rows = [];
        let after;
        while (rows.length < wanted) {
            const limit = Math.min(largestPage, wanted - rows.length);
            const page = await (0, api_1.ask)(context, { path, query: (0, fields_1.query)({ ...filters, limit, after }) }, index);
            const got = page.body;
            rows.push(...got);
            after = page.headers['x-next-cursor'];
            if (got.length === 0 || after === undefined)
                break;
        }
        return rows;
    };
}
async function found(context, index, rows) {
    const by = rows.by ? (0, fields_1.text)(context, 'by', index) : 'id';
    const value = encodeURIComponent((0, fields_1.text)(context, by, index));
    return await (0, api_1.rowOf)(context, { path: by === 'id' ? `${rows.path}/${value}` : `${rows.path}/by-${by}/${value}` }, index);
}
async function idOf(context, index, rows) {
    if (!rows.by || (0, fields_1.text)(context, 'by', index) === 'id')
        return encodeURIComponent((0, fields_1.text)(context, 'id', index));
    return String((await found(context, index, rows)).id);
}
async function remove(context, index, rows) {
    try {
        return await write(context, index, 'DELETE', `${rows.path}/${await idOf(context, index, rows)}`);
    }
    catch (error) {
        if (rows.by && (0, fields_1.text)(context, 'by', index) !== 'id' && (0, api_1.hasStatus)(error, 404))
            return { outcome: 'absent' };
        throw new n8n_workflow_1.NodeApiError(context.getNode(), error);
    }
}
async function write(context, index, method, path, body) {
    const { notify, idempotencyKey, revision } = (0, fields_1.chosen)(context, 'options', index);
    const headers = {};
    if (method === 'POST')
        headers['Idempotency-Key'] = idempotencyKey || onceKey(context, index, path, body);
    if (revision)
        headers['If-Match'] = `"${revision}"`;
    return await (0, api_1.rowOf)(context, { method, path, query: (0, fields_1.query)({ notify: notify === false ? '0' : '' }), headers, body }, index);
}
function onceKey(context, index, path, body) {
    const run = context.getWorkflowDataProxy(index).$runIndex;
    const parts = [context.getExecutionId(), context.getNode().id, run, index, path, body];
    return `n8n:${(0, crypto_1.createHash)('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}
