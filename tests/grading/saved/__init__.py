"""Notebooks that real front ends have saved, and the points that a fair human gives for 6.2 and 6.3, each of 4.

`save.py` beside this file made them: it opened, edited, ran and saved the notebook that students get, with what
JupyterLab, Notebook and other programs do to a file. The points were written down before the grader saw one.
"""

POINTS = {
    # JupyterLab 4 and Notebook 7: in a browser, by their own commands
    "lab_answers_typed_and_run": (4, 4),
    "lab_cells_split_merged_moved_doubled": (4, 4),
    "lab_picture_pasted_cells_tagged_and_folded": (4, 4),
    "lab_errors_and_an_interrupt": (4, 4),
    "lab_begun_from_scratch": (4, 4),
    "lab_one_answer_not_run": (4, 4),
    "lab_outputs_cleared": (4, 4),
    "lab_answer_in_a_raw_cell": (4, 0),
    "lab_wrong_sign": (4, 2),
    "lab_undone_and_redone": (4, 4),
    "notebook7_answers_typed_and_run": (4, 4),
    "notebook7_cells_split_merged_moved_doubled": (4, 4),
    "notebook7_picture_pasted_cells_tagged_and_folded": (4, 4),
    "notebook7_errors_and_an_interrupt": (4, 4),
    "notebook7_begun_from_scratch": (4, 4),
    # the classic notebook, 6.5
    "classic_answers_typed_and_run": (4, 4),
    "classic_cells_split_merged_moved_doubled": (4, 4),
    "classic_slides_tags_and_attachments": (4, 4),
    "classic_begun_from_scratch": (4, 4),
    # programs without a window
    "nbconvert_executed": (4, 4),
    "nbconvert_outputs_cleared": (4, 4),
    "nbconvert_format_3": (4, 4),
    "nbformat_4_0": (4, 4),
    "nbformat_4_4": (4, 4),
    "execute_inplace": (4, 4),
    "jupytext_percent_round_trip": (4, 4),
    "jupytext_light_round_trip": (4, 4),
    "jupytext_markdown_round_trip": (4, 4),
    "papermill_with_parameters": (4, 4),
    "nbstripout": (4, 4),
    "black_formatted": (4, 4),
    "ruff_formatted": (4, 4),
    "ipython_history": (4, 4),
    "pandoc_from_markdown": (4, 4),
}
