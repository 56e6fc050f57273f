"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Namets = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const content_1 = require("./content");
const failed_1 = require("./failed");
const operation_1 = require("./operation");
const people_1 = require("./people");
const prayerDays_1 = require("./prayerDays");
const targets_1 = require("./targets");
const resources = [...content_1.content, ...people_1.people, prayerDays_1.prayerDay, ...targets_1.targets].sort((a, b) => a.name.localeCompare(b.name));
class Namets {
    description = {
        displayName: 'Namets',
        name: 'namets',
        icon: { light: 'file:../../icons/namets.svg', dark: 'file:../../icons/namets.dark.svg' },
        group: ['input'],
        version: 1,
        subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
        description: 'Read and change subscribers, announcements, events and prayer times',
        defaults: { name: 'Namets' },
        usableAsTool: true,
        inputs: [n8n_workflow_1.NodeConnectionTypes.Main],
        outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
        credentials: [{ name: 'nametsApi', required: true }],
        properties: (0, operation_1.propertiesOf)(resources),
    };
    async execute() {
        const count = this.getInputData().length;
        const operation = operationOf(this);
        if (operation.all)
            return [await operation.all(this, count)];
        const out = [];
        for (let i = 0; i < count; i++) {
            try {
                const rows = (await operation.each?.(this, i)) ?? [];
                const items = this.helpers.returnJsonArray(rows);
                out.push(...this.helpers.constructExecutionMetaData(items, { itemData: { item: i } }));
            }
            catch (error) {
                if (!this.continueOnFail())
                    throw new n8n_workflow_1.NodeApiError(this.getNode(), error, { itemIndex: i });
                out.push((0, failed_1.failed)(error, i));
            }
        }
        return [out];
    }
}
exports.Namets = Namets;
function operationOf(context) {
    const resource = context.getNodeParameter('resource', 0);
    const name = context.getNodeParameter('operation', 0);
    const operation = resources
        .find(({ value }) => value === resource)
        ?.operations.find(({ value }) => value === name);
    if (!operation)
        throw new n8n_workflow_1.NodeOperationError(context.getNode(), `There is no operation ${name} of ${resource}`);
    return operation;
}
