;; Programs over the garbage-collected heap: each export takes a size and gives a checksum.
(module
  (rec
    (type $node (struct (field $value i32) (field $next (ref null $node))))
    (type $tree (struct (field $left (ref null $tree)) (field $right (ref null $tree))))
    (type $ints (array (mut i32)))
    (type $area (func (param (ref $shape)) (result i32)))
    (type $shape (sub (struct (field $area (ref $area)))))
    (type $square (sub final $shape (struct (field (ref $area)) (field $side (mut i32)))))
    (type $box (sub $shape (struct (field (ref $area)) (field $width i32) (field $height i32))))
    (type $crate (sub final $box (struct (field (ref $area)) (field i32) (field i32) (field $depth i32))))
    (type $shapes (array (mut (ref null $shape)))))

  ;; A list of n nodes, summed, eight times.
  (func (export "list") (param $n i32) (result i32)
    (local $head (ref null $node)) (local $i i32) (local $round i32) (local $sum i32)
    (loop $rounds
      (local.set $head (ref.null $node))
      (local.set $i (local.get $n))
      (loop $build
        (local.set $head (struct.new $node (local.get $i) (local.get $head)))
        (br_if $build (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (block $done
        (loop $walk
          (local.set $sum (i32.add (local.get $sum)
            (struct.get $node $value (br_on_null $done (local.get $head)))))
          (local.set $head (struct.get $node $next (local.get $head)))
          (br $walk))
        (unreachable))
      (br_if $rounds (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 8))))
    (local.get $sum))

  (func $bottom_up (param $depth i32) (result (ref $tree))
    (if (result (ref $tree)) (local.get $depth)
      (then (struct.new $tree
        (call $bottom_up (i32.sub (local.get $depth) (i32.const 1)))
        (call $bottom_up (i32.sub (local.get $depth) (i32.const 1)))))
      (else (struct.new_default $tree))))
  (func $count (param $t (ref null $tree)) (result i32)
    (if (ref.is_null (local.get $t)) (then (return (i32.const 0))))
    (i32.add (i32.const 1)
      (i32.add (call $count (struct.get $tree $left (local.get $t)))
               (call $count (struct.get $tree $right (local.get $t))))))
  ;; Binary trees of a depth, made and counted, sixteen times.
  (func (export "trees") (param $depth i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $count (call $bottom_up (local.get $depth)))))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16))))
    (local.get $sum))

  ;; An array of n pseudo-random numbers, sorted by shell sort.
  (func (export "sort") (param $n i32) (result i32)
    (local $a (ref $ints)) (local $i i32) (local $j i32) (local $gap i32) (local $x i32) (local $seed i32)
    (local.set $a (array.new_default $ints (local.get $n)))
    (local.set $seed (i32.const 12345))
    (loop $fill
      (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1103515245)) (i32.const 12345)))
      (array.set $ints (local.get $a) (local.get $i) (i32.shr_u (local.get $seed) (i32.const 8)))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $a)))))
    (local.set $gap (i32.shr_u (local.get $n) (i32.const 1)))
    (loop $gaps
      (local.set $i (local.get $gap))
      (loop $each
        (local.set $x (array.get $ints (local.get $a) (local.get $i)))
        (local.set $j (local.get $i))
        (block $placed
          (loop $shift
            (br_if $placed (i32.lt_u (local.get $j) (local.get $gap)))
            (br_if $placed (i32.le_s
              (array.get $ints (local.get $a) (i32.sub (local.get $j) (local.get $gap))) (local.get $x)))
            (array.set $ints (local.get $a) (local.get $j)
              (array.get $ints (local.get $a) (i32.sub (local.get $j) (local.get $gap))))
            (local.set $j (i32.sub (local.get $j) (local.get $gap)))
            (br $shift)))
        (array.set $ints (local.get $a) (local.get $j) (local.get $x))
        (br_if $each (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (br_if $gaps (local.tee $gap (i32.shr_u (local.get $gap) (i32.const 1)))))
    (i32.add (array.get $ints (local.get $a) (i32.const 0))
      (array.get $ints (local.get $a) (i32.shr_u (local.get $n) (i32.const 1)))))

  (elem declare func $square_area $box_area $crate_area)
  (func $square_area (type $area)
    (local $s (ref $square))
    (local.set $s (ref.cast (ref $square) (local.get 0)))
    (i32.mul (struct.get $square $side (local.get $s)) (struct.get $square $side (local.get $s))))
  (func $box_area (type $area)
    (local $b (ref $box))
    (local.set $b (ref.cast (ref $box) (local.get 0)))
    (i32.mul (struct.get $box $width (local.get $b)) (struct.get $box $height (local.get $b))))
  (func $crate_area (type $area)
    (i32.mul (call $box_area (local.get 0))
      (struct.get $crate $depth (ref.cast (ref $crate) (local.get 0)))))
  ;; n virtual calls on objects of three classes, and a cast to tell them apart.
  (func (export "dispatch") (param $n i32) (result i32)
    (local $all (ref $shapes)) (local $i i32) (local $sum i32) (local $s (ref null $shape))
    (local.set $all (array.new_default $shapes (i32.const 96)))
    (loop $fill
      (array.set $shapes (local.get $all) (local.get $i) (struct.new $square (ref.func $square_area) (local.get $i)))
      (array.set $shapes (local.get $all) (i32.add (local.get $i) (i32.const 1))
        (struct.new $box (ref.func $box_area) (local.get $i) (i32.const 2)))
      (array.set $shapes (local.get $all) (i32.add (local.get $i) (i32.const 2))
        (struct.new $crate (ref.func $crate_area) (local.get $i) (i32.const 2) (i32.const 3)))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 3))) (i32.const 96))))
    (loop $again
      (local.set $s (array.get $shapes (local.get $all) (i32.rem_u (local.get $n) (i32.const 96))))
      (local.set $sum (i32.add (local.get $sum)
        (call_ref $area (ref.as_non_null (local.get $s))
          (struct.get $shape $area (local.get $s)))))
      (if (ref.test (ref $box) (local.get $s))
        (then (local.set $sum (i32.sub (local.get $sum)
          (struct.get $box $width (ref.cast (ref $box) (local.get $s)))))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
