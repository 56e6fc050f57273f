"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.propertiesOf = propertiesOf;
function propertiesOf(resources) {
    const options = resources.map(({ name, value }) => ({ name, value }));
    const resource = {
        displayName: 'Resource',
        name: 'resource',
        type: 'options',
        noDataExpression: true,
        options,
        default: '',
    };
    return [{ ...resource, default: options[0].value }, ...resources.map(operationsOf), ...resources.flatMap(fieldsOf)];
}
function operationsOf(resource) {
    const options = resource.operations
        .map(({ name, value, action, description }) => ({ name, value, action, description: description ?? action }))
        .sort((a, b) => a.name.localeCompare(b.name));
    const operation = {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        displayOptions: { show: { resource: [resource.value] } },
        options,
        default: '',
    };
    return { ...operation, default: resource.operations[0].value };
}
function fieldsOf(resource) {
    return resource.operations.flatMap((operation) => operation.fields.map((field) => ({
        ...field,
        displayOptions: {
            ...field.displayOptions,
            show: { ...field.displayOptions?.show, resource: [resource.value], operation: [operation.value] },
        },
    })));
}
