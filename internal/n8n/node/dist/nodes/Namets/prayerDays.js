"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.prayerDay = void 0;
const api_1 = require("../shared/api");
const content_1 = require("./content");
const fields_1 = require("./fields");
const rows_1 = require("./rows");
const times = ['Fajr', 'Dhuhr', 'Asr', 'Maghrib', 'Isha'].flatMap((prayer) => ['Adhan', 'Iqama'].map((call) => (0, fields_1.member)(`${prayer} ${call}`, `${prayer}_${call}`.toLowerCase(), { placeholder: '05:20' })));
const members = [...times, content_1.sendEmail, (0, fields_1.choice)('Status', 'status', ['published', 'draft'])];
const date = (0, fields_1.needed)('Date', 'date', { placeholder: '2026-03-01', description: 'The day, as YYYY-MM-DD' });
const path = '/prayer-days';
const lists = (0, rows_1.operationsOf)({
    path,
    one: 'prayer day',
    many: 'prayer days',
    needs: [],
    members: [],
    filters: [
        (0, fields_1.member)('From', 'from', { placeholder: '2026-03-01' }),
        (0, fields_1.choice)('Status', 'status', ['published', 'draft']),
        (0, fields_1.member)('To', 'to', { placeholder: '2026-03-31' }),
        content_1.updatedSince,
    ],
});
exports.prayerDay = {
    name: 'Prayer Day',
    value: 'prayerDay',
    operations: [
        {
            name: 'Get',
            value: 'get',
            action: 'Get a prayer day',
            fields: [{ ...date, default: 'today', description: 'The day, as YYYY-MM-DD, today or tomorrow' }],
            each: async (c, i) => await (0, api_1.rowOf)(c, { path: `${path}/${encodeURIComponent((0, fields_1.text)(c, 'date', i))}` }, i),
        },
        { ...lists[0], each: (0, rows_1.many)(path) },
        ...['PUT', 'PATCH', 'DELETE'].map((method) => ({
            name: { PUT: 'Create or Update', PATCH: 'Update', DELETE: 'Delete' }[method],
            value: { PUT: 'upsert', PATCH: 'update', DELETE: 'delete' }[method],
            action: { PUT: 'Create or update a prayer day', PATCH: 'Update a prayer day', DELETE: 'Delete a prayer day' }[method],
            fields: method === 'DELETE' ? [date, content_1.deletionOptions] : [date, (0, fields_1.collection)('Fields', 'fields', members), content_1.dayOptions],
            each: async (c, i) => await (0, rows_1.write)(c, i, method, `${path}/${encodeURIComponent((0, fields_1.text)(c, 'date', i))}`, method === 'DELETE' ? undefined : (0, fields_1.chosen)(c, 'fields', i)),
        })),
    ],
};
