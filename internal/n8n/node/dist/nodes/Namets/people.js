"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.people = void 0;
const api_1 = require("../shared/api");
const batch_1 = require("./batch");
const content_1 = require("./content");
const fields_1 = require("./fields");
const rows_1 = require("./rows");
const subscribers = {
    path: '/subscribers',
    one: 'subscriber',
    many: 'subscribers',
    by: 'email',
    notifies: true,
    deletionNotifies: true,
    needs: [(0, fields_1.needed)('Email', 'email', { placeholder: 'name@email.com' })],
    members: [
        (0, fields_1.flag)('Active', 'is_active', 'the person gets e-mails'),
        (0, fields_1.choice)('Consent', 'consent', ['confirmed'], 'Without it, a new address is asked by e-mail first'),
        (0, fields_1.member)('Consent At', 'consent_at', { type: 'dateTime', description: 'When the person agreed' }),
        (0, fields_1.member)('Consent Source', 'consent_source', { description: 'Where the person agreed' }),
        content_1.key,
        (0, fields_1.flag)('Notify of Announcements', 'notify_announcements', 'the person wants announcements'),
        (0, fields_1.flag)('Notify of Events', 'notify_events', 'the person wants events'),
        (0, fields_1.flag)('Notify of Prayer Changes', 'notify_prayer_changes', 'the person wants changes of prayer times'),
        (0, fields_1.member)('Phone', 'phone'),
        (0, fields_1.flag)('Verified', 'is_verified', 'the address is confirmed'),
    ],
    filters: [
        (0, fields_1.choice)('Active', 'active', ['1', 'all'], '1: only those who get e-mails'),
        (0, fields_1.flag)('Links', 'links', 'to add the personal links'),
        content_1.search,
        content_1.updatedSince,
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
const topic = (0, fields_1.choice)('Topic', 'topic', ['announcements', 'events', 'prayer'], 'What the people are subscribed to');
exports.people = [
    {
        name: 'Audience',
        value: 'audience',
        operations: [
            {
                name: 'Get Many',
                value: 'getMany',
                action: 'Get the recipients of a topic',
                fields: [topic],
                each: async (c, i) => await (0, api_1.rowOf)(c, { path: `/audience/${encodeURIComponent((0, fields_1.text)(c, 'topic', i))}` }, i),
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
                    (0, fields_1.needed)('Subject', 'subject'),
                    (0, fields_1.needed)('Body', 'body', { typeOptions: { rows: 4 } }),
                    { ...(0, fields_1.flag)('Everyone', 'everyone', 'to send it to all active subscribers and patrons'), default: false },
                    {
                        ...(0, fields_1.member)('Addresses', 'addresses', { description: 'Addresses of subscribers, separated by commas' }),
                        displayOptions: { show: { everyone: [false] } },
                    },
                    (0, fields_1.collection)('Options', 'options', [(0, fields_1.member)('Idempotency Key', 'idempotencyKey')]),
                ],
                each: async (c, i) => {
                    const body = { subject: (0, fields_1.text)(c, 'subject', i), body: c.getNodeParameter('body', i) };
                    if (c.getNodeParameter('everyone', i))
                        body.everyone = true;
                    else
                        body.addresses = (0, fields_1.list)(c.getNodeParameter('addresses', i));
                    return await (0, rows_1.write)(c, i, 'POST', '/messages', body);
                },
            },
        ],
    },
    {
        name: 'Subscriber',
        value: 'subscriber',
        operations: [
            ...(0, rows_1.operationsOf)(subscribers),
            {
                name: 'Create or Update in Batches',
                value: 'batch',
                action: 'Create or update many subscribers',
                description: 'Write all items with few requests; each item gets the verdict on its row',
                fields: [
                    (0, fields_1.needed)('Email', 'email', { placeholder: 'name@email.com' }),
                    (0, fields_1.collection)('Fields', 'fields', subscribers.members),
                    (0, fields_1.collection)('Options', 'options', [
                        (0, fields_1.flag)('Ask for Consent', 'ask', 'to ask new addresses without consent by e-mail, at most 50 in a request'),
                        (0, fields_1.flag)('Dry Run', 'dry_run', 'to write nothing and only return the verdicts'),
                        (0, fields_1.choice)('Mode', 'mode', ['upsert', 'create', 'update']),
                        { ...(0, fields_1.flag)('Notify', 'notify', 'to tell people and workflows of the changes'), default: true },
                        {
                            displayName: 'Rows per Request',
                            name: 'size',
                            type: 'number',
                            typeOptions: { minValue: 1, maxValue: 10000 },
                            default: 1000,
                        },
                    ]),
                ],
                all: batch_1.batch,
            },
            {
                name: 'Report a Bounce',
                value: 'bounce',
                action: 'Report a bounce of a subscriber',
                description: 'Report that an e-mail came back; a hard bounce or a complaint ends mailing to the address',
                fields: [
                    ...((0, rows_1.operationsOf)(subscribers).find(({ value }) => value === 'get')?.fields ?? []),
                    (0, fields_1.choice)('Kind', 'kind', ['hard', 'soft', 'complaint']),
                    (0, fields_1.member)('Detail', 'detail', { description: 'What the mail server said' }),
                ],
                each: async (c, i) => {
                    const body = { kind: (0, fields_1.text)(c, 'kind', i) };
                    if ((0, fields_1.text)(c, 'detail', i))
                        body.detail = (0, fields_1.text)(c, 'detail', i);
                    return await (0, api_1.rowOf)(c, { method: 'POST', path: `/subscribers/${await (0, rows_1.idOf)(c, i, subscribers)}/bounces`, body }, i);
                },
            },
        ],
    },
];
