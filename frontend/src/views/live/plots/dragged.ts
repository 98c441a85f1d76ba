/** What is dragged: a number of a message, or the id of a series that is plotted. */
export const draggedNumber = 'application/x-emitscope-number';
export const draggedSeries = 'application/x-emitscope-series';
