// What is bundled of Smart Forms' renderer: its state and its evaluation, and nothing of its screen.
export * from '@aehrc/smart-forms-renderer/lib/stores/index.js'
export { buildForm, getResponse } from '@aehrc/smart-forms-renderer/lib/utils/manageForm.js'
