/** Settings in YAML files: read as they are written, misspelt names noticed. */
package dev.collapsemonitor.trainer.settings;
