"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.NametsTrigger = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const signature_1 = require("../shared/signature");
const events_1 = require("./events");
const hook_1 = require("./hook");
class NametsTrigger {
    description = {
        displayName: 'Namets Trigger',
        name: 'nametsTrigger',
        icon: { light: 'file:../../icons/namets.svg', dark: 'file:../../icons/namets.dark.svg' },
        group: ['trigger'],
        version: 1,
        subtitle: '={{$parameter["events"].join(", ")}}',
        description: 'Starts the workflow when something happens in namets',
        defaults: { name: 'Namets Trigger' },
        inputs: [],
        outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
        credentials: [{ name: 'nametsApi', required: true }],
        webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
        properties: [
            {
                displayName: 'Events',
                name: 'events',
                type: 'multiOptions',
                required: true,
                options: events_1.eventTypes,
                default: ['announcement.published'],
            },
            {
                displayName: 'Items',
                name: 'items',
                type: 'options',
                options: [
                    {
                        name: 'One for Each Recipient',
                        value: 'recipient',
                        description: 'Each item has email, subject, text and html: connect Send Email',
                    },
                    { name: 'One for Each Event', value: 'event', description: 'The webhook as it came' },
                ],
                default: 'recipient',
            },
            {
                displayName: 'Delivered',
                name: 'acknowledge',
                type: 'options',
                options: [
                    { name: 'When N8n Has Received It', value: '2xx' },
                    {
                        name: 'When the Workflow Has Reported Every E-Mail',
                        value: 'report',
                        description: 'What is not reported is offered again: end the workflow with Namets, Delivery, Report',
                    },
                ],
                default: '2xx',
                description: 'When namets regards the event as delivered',
            },
            {
                displayName: 'Options',
                name: 'options',
                type: 'collection',
                placeholder: 'Add option',
                default: {},
                options: [
                    {
                        displayName: 'Before',
                        name: 'before',
                        type: 'string',
                        default: 'PT24H',
                        description: 'How long before its start an event is upcoming: an ISO 8601 duration, PT1M to P30D',
                    },
                    {
                        displayName: 'Report Within',
                        name: 'reportWithin',
                        type: 'string',
                        default: 'PT30M',
                        description: 'How long namets waits for the reports until it offers the event again: an ISO 8601 duration, PT30S to PT24H',
                    },
                ],
            },
        ],
    };
    webhookMethods = {
        default: {
            async checkExists() {
                return await (0, hook_1.isRegistered)(this, registering(this));
            },
            async create() {
                await (0, hook_1.register)(this, registering(this));
                return true;
            },
            async delete() {
                const slot = ending(this);
                if (slot !== undefined)
                    await (0, hook_1.unregister)(this, slot);
                return true;
            },
        },
    };
    async webhook() {
        const slot = this.getMode() === 'manual' ? 'test' : 'production';
        const remembered = (0, hook_1.known)(this, slot);
        if (!remembered)
            return await renewed(this, slot);
        const { headers, rawBody } = this.getRequestObject();
        const signed = {
            id: headers['webhook-id'],
            timestamp: headers['webhook-timestamp'],
            signature: headers['webhook-signature'],
            body: rawBody,
        };
        if (!Buffer.isBuffer(rawBody) || !(0, signature_1.isGenuine)(remembered.secret, signed, Date.now())) {
            if (await (0, hook_1.hasChanged)(this, slot))
                return await renewed(this, slot);
            return answer(this, 401, 'The signature is not that of this hook, or the request is too old');
        }
        const event = this.getBodyData();
        const events = this.getNodeParameter('events');
        if (event.type === 'ping' && !events.includes('ping') && !events.includes('*')) {
            return answer(this, 200, 'The hook works');
        }
        const perRecipient = this.getNodeParameter('items') === 'recipient';
        return { workflowData: [this.helpers.returnJsonArray((0, events_1.itemsOf)(event, perRecipient))] };
    }
}
exports.NametsTrigger = NametsTrigger;
async function renewed(context, slot) {
    await (0, hook_1.renewSecret)(context, slot);
    return answer(context, 503, 'The secret of this hook is not known and was replaced: please send it again');
}
function answer(context, status, message) {
    context.getResponseObject().status(status).json({ message });
    return { noWebhookResponse: true };
}
function registering(context) {
    return context.getActivationMode() === 'manual' ? 'test' : 'production';
}
function ending(context) {
    const url = context.getNodeWebhookUrl('default');
    if ((0, hook_1.known)(context, 'test')?.url === url)
        return 'test';
    const production = (0, hook_1.known)(context, 'production');
    if (production !== undefined)
        return production.url === url ? 'production' : undefined;
    return url.includes('/webhook-test/') ? undefined : 'production';
}
