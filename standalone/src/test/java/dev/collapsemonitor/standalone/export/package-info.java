/** Tests of {@code export}: what the files hold, and that they read back as what was published. */
package dev.collapsemonitor.standalone.export;
